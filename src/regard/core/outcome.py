"""How a run ended."""

from typing import Literal

Outcome = Literal["finished", "diverged", "failed"]
"""The first two are final; a failed run is tried again by the next command."""
