"""Choosing the next token from its logits."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import final

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from regard.core.errors import InvalidOption

Choose = Callable[[Float[Tensor, "b vocabulary"]], Int64[Tensor, " b"]]
"""From the logits of the next token of each sequence to the token."""


def choose_most_likely(logits: Float[Tensor, "b vocabulary"]) -> Int64[Tensor, " b"]:
    """Greedy decoding."""
    return logits.argmax(-1)


@final
@dataclass(frozen=True, kw_only=True)
class Sampling:
    """Tokens are drawn in proportion to softmax(logits / temperature), from those that are left.

    temperature: below 1 likely tokens become likelier.
    top_k: only the k likeliest tokens are left (Fan et al. 2018, arXiv 1805.04833).
    top_p: only the fewest likeliest tokens are left that together have this probability (Holtzman et al.
        2020, arXiv 1904.09751). Where both are given, `top_k` comes first.
    """

    temperature: float = 1.0
    top_k: int | None = None
    top_p: float | None = None

    def __post_init__(self) -> None:
        if not 0 < self.temperature < float("inf"):
            raise InvalidOption(f"Sampling: temperature must be a number above 0, not {self.temperature}.")
        if self.top_k is not None and self.top_k < 1:
            raise InvalidOption(f"Sampling: top_k must be at least 1, not {self.top_k}.")
        if self.top_p is not None and not 0 < self.top_p <= 1:
            raise InvalidOption(f"Sampling: top_p must be above 0 and at most 1, not {self.top_p}.")

    def probabilities(self, logits: Float[Tensor, "b vocabulary"]) -> Float[Tensor, "b vocabulary"]:
        """With what probability each token is drawn."""
        scaled = logits / self.temperature
        if self.top_k is not None and self.top_k < scaled.shape[-1]:
            least = scaled.topk(self.top_k).values[:, -1:]
            scaled = scaled.masked_fill(scaled < least, -torch.inf)
        shares = scaled.softmax(-1)
        if self.top_p is None:
            return shares
        ordered, places = shares.sort(-1, descending=True)
        # the token that crosses the border is kept: what lies before it is not yet enough
        kept = ordered.masked_fill(ordered.cumsum(-1) - ordered >= self.top_p, 0)
        return torch.zeros_like(shares).scatter(-1, places, kept / kept.sum(-1, keepdim=True))

    def drawing_from(self, rng: torch.Generator) -> Choose:
        """A choice that draws from a generator on the CPU (`core.randomness.generator_of`)."""

        def choose(logits: Float[Tensor, "b vocabulary"]) -> Int64[Tensor, " b"]:
            shares = self.probabilities(logits.float()).cpu()
            return torch.multinomial(shares, 1, generator=rng).squeeze(1).to(logits.device)

        return choose
