"""Dynamic convolution: each position's own kernel, predicted from it alone, over its neighbors."""

from collections.abc import Sequence
from typing import Any, Self, final

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import pad

from regard.attention.cost import Cost
from regard.attention.mask import Mask
from regard.attention.mechanism import Mechanism, Near
from regard.attention.precision import in_float32
from regard.attention.size import Size
from regard.attention.streams import Stream, Streams
from regard.attention.traits import Tie, Traits

Recent = Float[Tensor, "b h _ e"]
"""The values that the next position still reaches; before the first position they are 0."""


@final
class DynamicConvolution(Mechanism):
    """Output i is the sum over t of softmax(W x_i)_t v_(i + t - c): a kernel of each head and position.

    Use it where the order of near neighbors decides, and no two contents need be compared.

    Where it is causal the kernel ends at its position, c = w - 1; else it lies around it, c = (w - 1) / 2.
    Content and distance say what is read, but the content of the query alone. What stands beyond the ends or
    is hidden counts as 0 and keeps its weight, as in the paper: rows then sum to less than 1.

    width: w, an odd number.
    """

    traits = Traits(
        source="Wu et al. 2019, arXiv 1901.10430, section 4",
        time="n w",
        memory="n w",
        causal=True,
        padding=True,
        streaming=True,
        mass="at most 1",
        equivariant=False,
        ties=(Tie("identity", "width = 1"),),
    )

    def __init__(self, size: Size, *, width: int = 7) -> None:
        super().__init__(size)
        self.require(width >= 1 and width % 2 == 1, f"width must be an odd number, not {width}.")
        self.width = width

    def streams(self) -> Streams[Any]:
        return Streams(kernel=Stream(self.width, of="queries"), v=self.size.e)

    @in_float32
    def forward(self, streams: Streams[Tensor], mask: Mask) -> Float[Tensor, "b h n e"]:
        v = mask.readable(streams.v)
        return self._convolved(streams, self._padded(v, mask))

    def cost(self, n: int, m: int, mask: Mask = Mask()) -> Cost:
        h, e, w = self.size.h, self.size.e, self.width
        # maximum, subtract, exp, sum, divide; and each tap multiplied and added
        return Cost(matmul_flops=0, other_flops=h * n * w * (5 + 2 * e), state_numbers=h * (w - 1) * e)

    @in_float32
    def weights(self, streams: Streams[Tensor], mask: Mask) -> Float[Tensor, "b h n n"]:
        b, h, n, _ = streams.v.shape
        itself = torch.eye(n, dtype=streams.v.dtype, device=streams.v.device).expand(b, h, n, n)
        return self._convolved(streams, self._padded(mask.readable(itself), mask))

    def initial_state(self, b: int, device: torch.device | None = None) -> Recent:
        return torch.zeros(b, self.size.h, self.width - 1, self.size.e, device=device)

    @in_float32
    def extend(
        self, streams: Streams[Tensor], mask: Mask, state: Recent
    ) -> tuple[Float[Tensor, "b h n e"], Recent]:
        v = torch.cat([state.to(streams.v), mask.since_start.readable(streams.v)], 2)
        # copied: a view would keep all values alive
        return self._convolved(streams, v), v[:, :, v.shape[2] - self.width + 1 :].clone()

    @classmethod
    def toward(cls, name: str, size: Size) -> Sequence[Near[Self]]:
        return [Near(cls(size, width=1))]

    def _padded(self, v: Float[Tensor, "b h n e"], mask: Mask) -> Float[Tensor, "b h _ e"]:
        ahead = 0 if mask.causal else self.width // 2
        return pad(v, (0, 0, self.width - 1 - ahead, ahead))

    def _convolved(self, streams: Streams[Tensor], v: Float[Tensor, "b h _ e"]) -> Float[Tensor, "b h n e"]:
        """Tap by tap: all at once would copy the values w times."""
        n, mixed = streams.kernel.shape[2], torch.zeros((), dtype=v.dtype, device=v.device)
        for place, tap in enumerate(torch.split(streams.kernel.softmax(-1), 1, -1)):
            mixed = mixed + tap * v[:, :, place : place + n]
        return mixed
