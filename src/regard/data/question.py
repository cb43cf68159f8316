"""One question in tokens, put to a trained model by hand, and what becomes of it."""

from dataclasses import dataclass
from typing import final

from jaxtyping import Int64
from torch import Tensor


@final
@dataclass(frozen=True, eq=False)
class Prompt:
    """Tokens behind which a causal model writes on, token by token."""

    tokens: Int64[Tensor, " n"]
    longest: int | None = None
    """Tokens that are written, at most. None where the task knows no last one."""
    end: int | None = None
    """The token behind which nothing is written."""


@final
@dataclass(frozen=True, eq=False)
class Slots:
    """Tokens of which the last ones are filled in at once, or whose class is asked for."""

    tokens: Int64[Tensor, " n"]
    count: int = 1
    """Slots; a class is one."""
    end: int | None = None
    """The token behind which no slot is read."""


Question = Prompt | Slots
