"""Mechanisms that choose a few keys for each query and read these by softmax."""

from abc import ABC, abstractmethod
from typing import final

from jaxtyping import Float
from torch import Tensor

from regard.attention.bases.cached import Cached
from regard.attention.cost import Cost
from regard.attention.kernels.chosen_keys import Choice, matmul_flops, read, spread, weigh
from regard.attention.mask import Mask
from regard.attention.precision import in_float32
from regard.attention.streams import Streams


class Chosen(Cached, ABC):
    """Abstract. A final subclass chooses the keys, and says what that costs. Computed in float32 at least."""

    @abstractmethod
    def choose(self, streams: Streams[Tensor], mask: Mask) -> Choice:
        """The keys that each query reads, from prepared streams: no key twice."""

    @abstractmethod
    def chosen_keys(self, m: int) -> int:
        """r, how many of m keys a query chooses."""

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
        return spread(weigh(streams, mask, choice, self.size), choice, streams.k.shape[2])

    @final
    def cost(self, n: int, m: int, mask: Mask = Mask()) -> Cost:
        h, r = self.size.h, self.chosen_keys(m)
        return Cost(
            matmul_flops=h * matmul_flops(n, m, r, self.size) + self.choosing_matmul_flops(n, m),
            # maximum, subtract, exp, sum, divide; and the scale of q
            other_flops=h * n * (5 * r + self.size.d) + self.choosing_flops(n, m),
            state_numbers=self.cached_numbers(m),
        )
