"""Scalable softmax: scores grow with the logarithm of how many keys there are to read."""

import math
from typing import final

import torch
from jaxtyping import Float
from torch import Tensor, nn

from regard.attention.bases.softmax_read import SoftmaxRead
from regard.attention.kernels.scores import readable_count
from regard.attention.mask import Mask
from regard.attention.precision import widen
from regard.attention.size import Size
from regard.attention.streams import Streams
from regard.attention.traits import Traits


@final
class LogTemperature(SoftmaxRead):
    """Softmax of c log(n) q·k / √d, where n is how many keys the query may read.

    Use it at lengths beyond training, so that weights do not flatten as keys become more.

    With a fixed temperature attention flattens as sequences grow; with log n it keeps its focus beyond the
    lengths of training. One c is learned for each head, from 1 / log(longest length) on: at that length it
    starts as softmax. A bias, as of ALiBi, is added after.
    """

    traits = Traits.of_scores(
        source="Nakanishi 2025, arXiv 2501.19399, eq. 2 (SSMax)", memory="n", mass="exactly 1"
    )

    def __init__(self, size: Size) -> None:
        super().__init__(size)
        start = 1 / math.log(max(size.length, 2))
        self.factor = nn.Parameter(torch.full((size.h, 1, 1), start))

    def mix(self, streams: Streams[Tensor], mask: Mask) -> Float[Tensor, "b h n e"]:
        return self.read(self._sharpened(streams, mask), mask)

    def weights(self, streams: Streams[Tensor], mask: Mask) -> Float[Tensor, "b h n m"]:
        return self.softmax_weights(self._sharpened(streams, mask), mask)

    def further_flops(self, n: int, m: int) -> int:
        # the factor and the logarithm
        return 2 * n * self.size.d

    def _sharpened(self, streams: Streams[Tensor], mask: Mask) -> Streams[Tensor]:
        q = widen(streams.q)
        count = readable_count(mask, q.shape[2], streams.k.shape[2], q.device).clamp_min(1)
        sharpened = q * (widen(self.factor) * count.to(q.dtype).log())
        return streams.replace(q=sharpened.to(streams.q.dtype))
