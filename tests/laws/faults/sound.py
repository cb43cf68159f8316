"""Sound mechanisms. Every fault is one of them with one thing done wrong."""

from collections.abc import Sequence
from typing import Self

import torch
from torch import Tensor, nn
from torch.nn.functional import elu

from regard.attention import Cost, Mask, Mechanism, Size, Traits
from regard.attention.scores import safe_softmax, scaled_scores


class Warm(Mechanism):
    """Softmax attention at a learned warmth per head: dense, and able to do everything."""

    traits = Traits(
        source="this test",
        time="n^2",
        memory="n^2",
        causal=True,
        cross=True,
        padding=True,
        edges=True,
        window=True,
        slopes=True,
        streaming=True,
        normalized=True,
        limit="warmth 1",
    )

    def __init__(self, size: Size, *, warmth: float = 2.0) -> None:
        super().__init__(size)
        self.warmth = nn.Parameter(torch.full((size.heads, 1, 1), warmth))

    def forward(self, q: Tensor, k: Tensor, v: Tensor, mask: Mask) -> Tensor:
        return safe_softmax(scaled_scores(self.warmth * q, k, mask)) @ mask.readable(v)

    def weights(self, q: Tensor, k: Tensor, mask: Mask) -> Tensor:
        return safe_softmax(scaled_scores(self.warmth * q, k, mask))

    def cost(self, n: int, m: int) -> Cost:
        h, d, e = self.size.heads, self.size.key_features, self.size.value_features
        return Cost(
            matmul_flops=2 * h * n * m * (d + e),
            other_flops=6 * h * n * m,
            state_numbers=h * m * (d + e),
            parameters=h,
        )

    def initial_state(self, b: int) -> tuple[Tensor, Tensor]:
        h, d, e = self.size.heads, self.size.key_features, self.size.value_features
        return self.warmth.new_empty(b, h, 0, d), self.warmth.new_empty(b, h, 0, e)

    def step(self, q: Tensor, k: Tensor, v: Tensor, state: tuple[Tensor, Tensor]) -> tuple[Tensor, object]:
        keys, values = (torch.cat([past, x.unsqueeze(2)], 2) for past, x in zip(state, (k, v), strict=True))
        mixed = safe_softmax(scaled_scores(self.warmth * q.unsqueeze(2), keys, Mask())) @ values
        return mixed.squeeze(2), (keys, values)

    @classmethod
    def toward_softmax(cls, size: Size) -> Sequence[Self]:
        return [cls(size, warmth=warmth) for warmth in (2.0, 1.5, 1.0)]


class Recurrent(Mechanism):
    """Linear attention with the feature map elu + 1, by cumulative sums."""

    traits = Traits(
        source="this test",
        time="n",
        memory="n",
        causal=True,
        cross=True,
        padding=True,
        streaming=True,
        normalized=True,
    )

    def features(self, x: Tensor, mask: Mask) -> Tensor:
        """Positive features, and 0 for a key that is hidden."""
        return mask.readable(elu(mask.readable(x)) + 1)

    def forward(self, q: Tensor, k: Tensor, v: Tensor, mask: Mask) -> Tensor:
        a, b, v = elu(q) + 1, self.features(k, mask), mask.readable(v)
        if not mask.causal:
            return self.divided(a @ (b.mT @ v), a @ b.sum(2).unsqueeze(-1))
        written, n, last = b.unsqueeze(-1) * v.unsqueeze(-2), q.shape[2], k.shape[2] - 1
        # with more queries than keys, the last ones read all keys
        upto = torch.arange(n).clamp_max(last)
        memory, mass = written.cumsum(2)[:, :, upto], b.cumsum(2)[:, :, upto]
        return self.divided((a.unsqueeze(-2) @ memory).squeeze(-2), (a * mass).sum(-1, keepdim=True))

    def divided(self, read: Tensor, mass: Tensor) -> Tensor:
        """Shares of what was read: 0 where nothing was."""
        return read / mass.masked_fill(mass == 0, 1)

    def weights(self, q: Tensor, k: Tensor, mask: Mask) -> Tensor:
        kernel = (elu(q) + 1) @ self.features(k, mask).mT
        allowed = mask.allowed(q.shape[2], k.shape[2])
        kernel = kernel if allowed is None else kernel.masked_fill(~allowed, 0)
        return self.divided(kernel, kernel.sum(-1, keepdim=True))

    def cost(self, n: int, m: int) -> Cost:
        h, d, e = self.size.heads, self.size.key_features, self.size.value_features
        return Cost(
            matmul_flops=2 * h * d * ((n + m) * e + n),
            other_flops=2 * h * (n + m) * d,
            state_numbers=h * d * (e + 1),
        )

    def initial_state(self, b: int) -> tuple[Tensor, Tensor]:
        h, d, e = self.size.heads, self.size.key_features, self.size.value_features
        return torch.zeros(b, h, d, e), torch.zeros(b, h, d)

    def step(self, q: Tensor, k: Tensor, v: Tensor, state: tuple[Tensor, Tensor]) -> tuple[Tensor, object]:
        a, b = elu(q) + 1, elu(k) + 1
        memory, mass = state[0] + b.unsqueeze(-1) * v.unsqueeze(-2), state[1] + b
        read = (a.unsqueeze(-2) @ memory).squeeze(-2)
        return self.divided(read, (a * mass).sum(-1, keepdim=True)), (memory, mass)


class RowWise(Mechanism):
    """Softmax attention within the rows of a grid, for the laws that a grid changes."""

    traits = Traits(
        source="this test",
        time="n^2",
        memory="n^2",
        causal=True,
        padding=True,
        normalized=True,
        equivariant=False,
        needs_grid=True,
    )

    def forward(self, q: Tensor, k: Tensor, v: Tensor, mask: Mask) -> Tensor:
        return self.weights(q, k, mask) @ mask.readable(v)

    def weights(self, q: Tensor, k: Tensor, mask: Mask) -> Tensor:
        assert self.size.grid is not None
        row = torch.arange(self.size.grid.length) // self.size.grid.width
        return safe_softmax(scaled_scores(q, k, mask).masked_fill(row.unsqueeze(1) != row, -torch.inf))

    def cost(self, n: int, m: int) -> Cost:
        h, d, e = self.size.heads, self.size.key_features, self.size.value_features
        return Cost(matmul_flops=2 * h * n * m * (d + e), state_numbers=h * m * (d + e))
