"""What can happen to a run."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Kind = Literal["started", "finished", "diverged", "failed", "tested"]

Outcome = Literal["finished", "diverged", "failed"]
"""How a run ended. The first two are final; a failed run is tried again by the next command."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a run."""

    time: datetime
    """UTC."""
    kind: Kind
    detail: str
    """JSON with versions and machine for `started`, the reason for `failed`, else empty."""
