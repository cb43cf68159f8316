"""How a number of a parameter changes a channel of what its module gives: a file for each kind of layer."""

from regard.incremental.sources.convolution import Taps
from regard.incremental.sources.linear import Offset, Weight
from regard.incremental.sources.lookup import Lookup
from regard.incremental.sources.normalization import Gain
from regard.incremental.sources.source import Source

__all__ = ["Gain", "Lookup", "Offset", "Source", "Taps", "Weight"]
