"""Mechanisms that choose a few keys for each query and read these by softmax: no n x m product with them."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import final

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from regard.attention.bases.cached import Cached
from regard.attention.cost import Cost
from regard.attention.kernels.scores import safe_softmax
from regard.attention.mask import Mask
from regard.attention.precision import in_float32
from regard.attention.size import Size
from regard.attention.streams import Streams


@final
@dataclass(frozen=True)
class Choice:
    """Positions of r keys for every query, c = h or, where all heads read the same, c = 1."""

    at: Int64[Tensor, "b c n r"]
    readable: Bool[Tensor, "b c n r"]
    """Which of them are read: a query may have fewer than r keys."""


class Chosen(Cached, ABC):
    """Abstract. A final subclass chooses the keys, and says what that costs. Computed in float32 at least."""

    @abstractmethod
    def choose(self, streams: Streams[Tensor], mask: Mask) -> Choice:
        """The keys that each query reads, from prepared streams: no key twice."""

    @abstractmethod
    def chosen_pairs(self, n: int, m: int) -> int:
        """How many pairs are read, for one head."""

    @abstractmethod
    def choosing_matmul_flops(self, n: int, m: int) -> int:
        """Operations of the matrix products in `choose`, for all heads."""

    @abstractmethod
    def choosing_flops(self, n: int, m: int) -> int:
        """All other operations of `choose`, for all heads."""

    def prepare(self, streams: Streams[Tensor], mask: Mask) -> Streams[Tensor]:
        """The streams as keys are chosen and read by them, with n queries: here as they are."""
        return streams

    @in_float32
    def mix(self, streams: Streams[Tensor], mask: Mask) -> Float[Tensor, "b h n e"]:
        streams = self.prepare(streams, mask)
        choice = self.choose(streams, mask)
        return read(streams, mask, choice, weigh(streams, mask, choice, self.size))

    @in_float32
    def weights(self, streams: Streams[Tensor], mask: Mask) -> Float[Tensor, "b h n m"]:
        streams = self.prepare(streams, mask)
        choice = self.choose(streams, mask)
        chosen = weigh(streams, mask, choice, self.size)
        dense = chosen.new_zeros(*chosen.shape[:3], streams.k.shape[2])
        return dense.scatter_add(3, choice.at.expand_as(chosen), chosen)

    @final
    def cost(self, n: int, m: int, mask: Mask = Mask()) -> Cost:
        h, d, e, pairs = self.size.h, self.size.d, self.size.e, self.chosen_pairs(n, m)
        return Cost(
            matmul_flops=2 * h * pairs * (d + e) + self.choosing_matmul_flops(n, m),
            # maximum, subtract, exp, sum, divide; and the scale of q
            other_flops=h * (5 * pairs + n * d) + self.choosing_flops(n, m),
            state_numbers=self.cached_numbers(m),
        )


def weigh(streams: Streams[Tensor], mask: Mask, choice: Choice, size: Size) -> Float[Tensor, "b h n r"]:
    """Softmax of the scores of the chosen keys; a query that has none reads nothing."""
    q = streams.q / size.temperature
    scores = (q.unsqueeze(3) @ _taken(mask.readable(streams.k), choice, size.h).mT).squeeze(3)
    return safe_softmax(scores.masked_fill(~choice.readable, -torch.inf))


def read(
    streams: Streams[Tensor], mask: Mask, choice: Choice, weights: Float[Tensor, "b h n r"]
) -> Float[Tensor, "b h n e"]:
    """The values of the chosen keys, weighted."""
    return (weights.unsqueeze(3) @ _taken(mask.readable(streams.v), choice, weights.shape[1])).squeeze(3)


def _taken(x: Float[Tensor, "b g m features"], choice: Choice, h: int) -> Float[Tensor, "b h n r features"]:
    """The chosen keys or values of each query."""
    example = torch.arange(x.shape[0], device=x.device)[:, None, None, None]
    head = torch.arange(h, device=x.device)[:, None, None] // (h // x.shape[1])
    return x[example, head, choice.at]
