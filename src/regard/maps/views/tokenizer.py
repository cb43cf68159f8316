"""What the lens asks of a tokenizer, such as one of transformers."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from jaxtyping import Int64
from torch import Tensor


class Tokenizer(Protocol):
    """From text to what a model is given, and from tokens to text."""

    def __call__(self, text: str, *, return_tensors: str) -> Mapping[str, Any]:
        """The text as a model takes it: `model(**tokenizer(text, return_tensors="pt"))`."""

    def decode(self, token_ids: Sequence[int]) -> str:
        """The text of some tokens."""


def text_of(token: int, tokenizer: Tokenizer | None) -> str:
    """A token in words; its number without a tokenizer."""
    return str(token) if tokenizer is None else tokenizer.decode([token])


def texts_of(tokens: Int64[Tensor, " n"], tokenizer: Tokenizer | None) -> tuple[str, ...]:
    """Every token in words."""
    return tuple(text_of(token, tokenizer) for token in tokens.tolist())
