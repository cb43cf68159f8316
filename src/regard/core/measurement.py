"""The one thing that training says."""

from dataclasses import dataclass
from typing import final


@final
@dataclass(frozen=True, slots=True)
class Measurement:
    """A number with a name, at a step. Names read `split/quantity`, for instance `validation/accuracy`."""

    step: int
    name: str
    value: float
