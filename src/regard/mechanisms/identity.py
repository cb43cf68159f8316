"""The control that never looks around: each position keeps its own value."""

from typing import Any, final

import torch
from jaxtyping import Float
from torch import Tensor

from regard.attention.cost import Cost
from regard.attention.mask import Mask
from regard.attention.mechanism import Mechanism
from regard.attention.streams import Streams
from regard.attention.traits import Traits


@final
class Identity(Mechanism):
    """Output i is value i, or 0 where the mask hides it.

    Use it as a control: what it reaches needs no attention.

    Not declared as normalized: the row of a hidden position is 0 although it may read others.
    """

    traits = Traits(
        source="control; softmax attention with a window of 0",
        time="1",
        memory="n",
        causal=True,
        padding=True,
        streaming=True,
    )

    def streams(self) -> Streams[Any]:
        return Streams(v=self.size.e)

    def forward(self, streams: Streams[Tensor], mask: Mask) -> Float[Tensor, "b h n e"]:
        return mask.readable(streams.v)

    def cost(self, n: int, m: int, mask: Mask = Mask()) -> Cost:
        return Cost(matmul_flops=0, state_numbers=0)

    def weights(self, streams: Streams[Tensor], mask: Mask) -> Float[Tensor, "b h n n"]:
        v = streams.v
        itself = torch.eye(v.shape[2], dtype=v.dtype, device=v.device).expand(*v.shape[:3], -1)
        return itself if mask.keys is None else itself * mask.keys[:, None, None, :]

    def initial_state(self, b: int, device: torch.device | None = None) -> tuple[()]:
        return ()

    def extend(
        self, streams: Streams[Tensor], mask: Mask, state: tuple[()]
    ) -> tuple[Float[Tensor, "b h n e"], tuple[()]]:
        return mask.since_start.readable(streams.v), state
