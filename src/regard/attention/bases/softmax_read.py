"""Mechanisms that read by softmax attention and change what goes in or what comes out."""

from abc import ABC, abstractmethod
from typing import ClassVar, final

from jaxtyping import Float
from torch import Tensor

from regard.attention.bases.cached import Cached
from regard.attention.cost import Cost
from regard.attention.kernel_form import Workload
from regard.attention.kernels.flex import Flex, Reach, band_attention
from regard.attention.kernels.fused import fused_attention, fused_pairs
from regard.attention.kernels.scores import per_head, safe_softmax, wide_scores
from regard.attention.mask import Mask
from regard.attention.streams import Streams

DISTANT = frozenset({"window", "segments", "slopes", "table"})
"""The parts of a mask that tell pairs apart by their distance or by their document."""


class SoftmaxRead(Cached, ABC):
    """Abstract. A final subclass calls `read` in its `mix`, and says what it computes besides."""

    forms = ("plain", "fused")
    kernel_form = Flex()
    reads: ClassVar[int] = 1
    """How often it reads."""

    @abstractmethod
    def further_flops(self, n: int, m: int) -> int:
        """Operations besides those of softmax attention that are no matrix product, for one head."""

    def further_matmul_flops(self, n: int, m: int) -> int:
        """Operations of matrix products besides those of softmax attention, for one head."""
        return 0

    @final
    def prefers_kernel(self, work: Workload) -> bool:
        """Where pairs differ by distance or document, for which `fused` needs a number for each."""
        return super().prefers_kernel(work) and not DISTANT.isdisjoint(work.parts)

    @final
    def read(self, streams: Streams[Tensor], mask: Mask) -> Float[Tensor, "b h n e"]:
        """Softmax attention, by a kernel or by its matrix of weights."""
        form = self.form_for(streams, mask)
        if form == "flex":
            reach = Reach.of(mask, streams.q.shape[2], streams.k.shape[2])
            return band_attention(streams, reach, None, mask, self.size)
        if form == "fused":
            return fused_attention(streams, mask, self.size)
        return self.softmax_weights(streams, mask) @ per_head(mask.readable(streams.v), self.size.h)

    @final
    def softmax_weights(self, streams: Streams[Tensor], mask: Mask) -> Float[Tensor, "b h n m"]:
        """Those of `read`."""
        return safe_softmax(wide_scores(streams.q, streams.k, mask, self.size), mask).to(streams.v.dtype)

    @final
    def cost(self, n: int, m: int, mask: Mask = Mask()) -> Cost:
        h, d, e, pairs = self.size.h, self.size.d, self.size.e, self.reads * fused_pairs(mask, n, m)
        return Cost(
            matmul_flops=h * (2 * pairs * (d + e) + self.further_matmul_flops(n, m)),
            # scale, maximum, subtract, exp, sum, divide
            other_flops=h * (6 * pairs + self.further_flops(n, m)),
            state_numbers=self.cached_numbers(m),
        )
