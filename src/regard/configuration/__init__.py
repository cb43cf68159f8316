"""Settings by name: from `KEY=VALUE`, on the command line or in Python, to complete descriptions."""

from regard.configuration.configuration import Configuration, configure
from regard.configuration.options import options_from
from regard.configuration.resolved import COMPARISON

__all__ = ["COMPARISON", "Configuration", "configure", "options_from"]
