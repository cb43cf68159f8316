"""What a user chooses of a task with classes of texts."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, final

from regard.data.writing import Form


@final
@dataclass(frozen=True, kw_only=True)
class TextSettings:
    """The options that all tasks with classes of texts share."""

    level: Literal["word", "byte"]
    length: int
    """Tokens of a row: the last ones of a longer text."""
    vocabulary: int
    """Tokens at the level of words."""
    form: Form
    held_out: int | float
    """How many training texts are set apart for validation; below 1, the share of them."""
    data_seed: int
    """Which texts are set apart."""
    samples: int | None = None
    """How many of the remaining training texts to use; None for all."""


def idle_at(level: Literal["word", "byte"]) -> Mapping[str, str]:
    """The options that change nothing at a level: the bytes are all there are."""
    return {"vocabulary": "at the level of bytes"} if level == "byte" else {}
