"""The control that never looks around: each position keeps its own value."""

from typing import final

import torch
from jaxtyping import Float
from torch import Tensor

from regard.attention.cost import Cost
from regard.attention.mask import Mask
from regard.attention.mechanism import Mechanism
from regard.attention.traits import Traits


@final
class Identity(Mechanism):
    """Output i is value i, or 0 where the mask hides it. What a task gives to this needs no attention.

    Not declared as normalized: the row of a hidden position is 0 although it may read others.
    """

    traits = Traits(
        source="control; softmax attention with a window of 0",
        time="1",
        memory="n",
        causal=True,
        padding=True,
        streaming=True,
        reads=frozenset("v"),
    )

    def forward(
        self,
        q: Float[Tensor, "b h n d"],
        k: Float[Tensor, "b h n d"],
        v: Float[Tensor, "b h n e"],
        mask: Mask,
    ) -> Float[Tensor, "b h n e"]:
        return mask.readable(v)

    def cost(self, n: int, m: int) -> Cost:
        return Cost(matmul_flops=0, state_numbers=0)

    def weights(
        self, q: Float[Tensor, "b h n d"], k: Float[Tensor, "b h n d"], mask: Mask
    ) -> Float[Tensor, "b h n n"]:
        itself = torch.eye(q.shape[2], dtype=q.dtype, device=q.device).expand(*q.shape[:3], -1)
        return itself if mask.keys is None else itself * mask.keys[:, None, None, :]

    def initial_state(self, b: int) -> tuple[()]:
        return ()

    def step(
        self,
        q: Float[Tensor, "b h d"],
        k: Float[Tensor, "b h d"],
        v: Float[Tensor, "b h e"],
        state: tuple[()],
    ) -> tuple[Float[Tensor, "b h e"], tuple[()]]:
        return v, state
