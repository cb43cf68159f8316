"""What can happen to a run."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, final

EventKind = Literal["started", "finished", "diverged", "failed", "tested"]


@final
@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a run."""

    time: datetime
    """UTC."""
    kind: EventKind
    detail: str
    """JSON with versions and machine for `started`, the reason for `failed`, else empty."""
