"""cosFormer: linear attention by rectified features, which fades with the distance as a cosine does."""

import math
from typing import final

import torch
from jaxtyping import Float
from torch import Tensor

from regard.attention.bases.featured import Featured, Sums
from regard.attention.size import Size
from regard.attention.traits import Traits


@final
class Cosformer(Featured):
    """Read key j from i in proportion to relu(q_i)·relu(k_j) cos(π (i - j) / 2M), M being the longest length.

    Use it for long sequences of known greatest length, in which near keys matter more.

    The cosine of a difference is a product of two features, cos i cos j + sin i sin j: one sum over the keys
    gives all. Positions of queries and keys count from the first key, also where these are two sequences.

    `epsilon` is the least mass that a row is divided by: one that has no feature in common with its keys
    reads nothing.
    """

    traits = Traits(
        source="Qin et al. 2022, arXiv 2202.08791, section 3, cos-based re-weighting",
        time="n",
        memory="n",
        causal=True,
        cross=True,
        padding=True,
        start=True,
        streaming=True,
        mass="at most 1",
        equivariant=False,
        fixed_length=True,
    )

    def __init__(self, size: Size, *, epsilon: float = 1e-6) -> None:
        super().__init__(size)
        self.require(epsilon > 0, f"epsilon must be positive, not {epsilon}.")
        self.features, self.floor = 2 * size.d, epsilon

    def map_queries(self, q: Float[Tensor, "b h n d"], start: int) -> Float[Tensor, "b h n r"]:
        return self._placed(q, start)

    def map_keys(self, k: Float[Tensor, "b h m d"]) -> Float[Tensor, "b h m r"]:
        return self._placed(k, 0)

    def moved(self, memory: Sums, n: int) -> Sums:
        angle = n * self._step
        (cos, sin), (x, y) = memory.chunk(2, 2), (math.cos(angle), math.sin(angle))
        return torch.cat([x * cos + y * sin, x * sin - y * cos], 2)

    def mapping_flops(self, n: int, m: int) -> int:
        # the rectifier, and a product with the cosine and the sine
        return 3 * (n + m) * self.size.d

    def moving_flops(self) -> int:
        # two products and a sum
        return 3 * self.features * (self.size.e + 1)

    @property
    def _step(self) -> float:
        """The angle between two neighbors."""
        return math.pi / 2 / self.size.length

    def _placed(self, x: Float[Tensor, "b h m d"], first: int) -> Float[Tensor, "b h m r"]:
        x = x.relu()
        angles = self._step * torch.arange(first, first + x.shape[2], device=x.device, dtype=x.dtype)
        return torch.cat([x * angles.cos().unsqueeze(1), x * angles.sin().unsqueeze(1)], -1)
