"""Sound mechanisms. Every fault is one of them with one thing done wrong."""

from collections.abc import Sequence
from typing import Any, Self

import torch
from torch import Tensor, nn
from torch.nn.functional import elu

from regard.attention import Cached, Cost, Mask, Mechanism, Near, Size, Stream, Streams, Tie, Traits
from regard.attention.kernels.scores import per_head, safe_softmax, scaled_scores

State = tuple[Tensor, Tensor]


class Warm(Cached):
    """Softmax attention at a learned warmth per head: dense, and able to do everything."""

    traits = Traits.of_scores(source="this test", mass="exactly 1", ties=(Tie("softmax", "warmth 1"),))

    def __init__(self, size: Size, *, warmth: float = 2.0) -> None:
        super().__init__(size)
        self.warmth = nn.Parameter(torch.full((size.h, 1, 1), warmth))

    def mix(self, streams: Streams, mask: Mask) -> Tensor:
        return self.sound_weights(streams, mask) @ per_head(mask.readable(streams.v), self.size.h)

    def weights(self, streams: Streams, mask: Mask) -> Tensor:
        return self.sound_weights(streams, mask)

    def sound_weights(self, streams: Streams, mask: Mask) -> Tensor:
        """The weights, whatever a fault makes of `weights`."""
        scores = scaled_scores(self.warmth * streams.q, streams.k, mask, self.size)
        # scores are float32 at least
        return safe_softmax(scores).to(streams.v.dtype)

    def cost(self, n: int, m: int, mask: Mask = Mask()) -> Cost:
        h, d, e = self.size.h, self.size.d, self.size.e
        return Cost(
            matmul_flops=2 * h * n * m * (d + e),
            other_flops=6 * h * n * m,
            state_numbers=self.cached_numbers(m),
        )

    @classmethod
    def toward(cls, name: str, size: Size) -> Sequence[Near[Self]]:
        return [Near(cls(size, warmth=warmth)) for warmth in (2.0, 1.5, 1.0)]


class Weighed(Warm):
    """The same with the reference as its only form, for faults in the weights."""

    def mix(self, streams: Streams, mask: Mask) -> Tensor:
        return self.weights(streams, mask) @ per_head(mask.readable(streams.v), self.size.h)


class Gated(Cached):
    """Softmax attention with a strength for each key and a gate for each query, all at once or in blocks."""

    traits = Traits.of_scores(source="this test", ties=(Tie("softmax", "every gate and strength 1"),))
    forms = ("plain", "blocks")

    def streams(self) -> Streams[Any]:
        size = self.size
        strength = Stream(1, of="keys", shared=True)
        return Streams(q=size.d, k=size.d, v=size.e, strength=strength, gate=Stream(1, of="queries"))

    def mix(self, streams: Streams, mask: Mask) -> Tensor:
        v = per_head(mask.readable(streams.v), self.size.h)
        written = v * mask.readable(streams.strength).sigmoid()
        weights = safe_softmax(scaled_scores(streams.q, streams.k, mask, self.size)).to(streams.v.dtype)
        if self.form_for(streams, mask) == "plain":
            mixed = weights @ written
        else:
            mixed = torch.cat([some @ written for some in weights.split(16, 2)], 2)
        return mixed * streams.gate.sigmoid()

    def weights(self, streams: Streams, mask: Mask) -> Tensor:
        weights = safe_softmax(scaled_scores(streams.q, streams.k, mask, self.size)).to(streams.v.dtype)
        return weights * mask.readable(streams.strength).sigmoid().mT * streams.gate.sigmoid()

    def cost(self, n: int, m: int, mask: Mask = Mask()) -> Cost:
        h, d, e = self.size.h, self.size.d, self.size.e
        return Cost(
            matmul_flops=2 * h * n * m * (d + e),
            other_flops=6 * h * n * m + h * (n + m) * e,
            state_numbers=self.cached_numbers(m),
        )

    @classmethod
    def toward(cls, name: str, size: Size) -> Sequence[Near[Self]]:
        return [Near(cls(size), opened(by)) for by in (1.0, 30.0)]


def opened(by: float) -> Any:
    """Streams with every gate and every strength at one value."""
    return lambda streams: streams.replace(
        gate=torch.full_like(streams.gate, by), strength=torch.full_like(streams.strength, by)
    )


class Summed(Mechanism):
    """Linear attention with the feature map elu + 1, by cumulative sums."""

    traits = Traits(
        source="this test",
        time="n",
        memory="n",
        causal=True,
        cross=True,
        padding=True,
        streaming=True,
        mass="exactly 1",
    )

    def features(self, x: Tensor, mask: Mask) -> Tensor:
        """Positive features, and 0 for a key that is hidden."""
        return mask.readable(elu(mask.readable(x)) + 1)

    def forward(self, streams: Streams, mask: Mask) -> Tensor:
        a, b, v = elu(streams.q) + 1, self.features(streams.k, mask), mask.readable(streams.v)
        if not mask.causal:
            return self.divided(a @ (b.mT @ v), a @ b.sum(2).unsqueeze(-1))
        return self.read(a, b, v)[0]

    def read(self, a: Tensor, b: Tensor, v: Tensor, before: State | None = None) -> tuple[Tensor, State]:
        """What each query reads from the sums up to its own position, and the sums after the last key."""
        memories, masses = (b.unsqueeze(-1) * v.unsqueeze(-2)).cumsum(2), b.cumsum(2)
        if before is not None:
            memories, masses = memories + before[0].unsqueeze(2), masses + before[1].unsqueeze(2)
        # with more queries than keys, the last ones read all keys
        upto = torch.arange(a.shape[2]).clamp_max(b.shape[2] - 1)
        read = (a.unsqueeze(-2) @ memories[:, :, upto]).squeeze(-2)
        mass = (a * masses[:, :, upto]).sum(-1, keepdim=True)
        return self.divided(read, mass), (memories[:, :, -1].clone(), masses[:, :, -1].clone())

    def divided(self, read: Tensor, mass: Tensor) -> Tensor:
        """Shares of what was read: 0 where nothing was."""
        return read / mass.masked_fill(mass == 0, 1)

    def weights(self, streams: Streams, mask: Mask) -> Tensor:
        kernel = (elu(streams.q) + 1) @ self.features(streams.k, mask).mT
        allowed = mask.allowed(*kernel.shape[2:], kernel.device)
        kernel = kernel if allowed is None else kernel.masked_fill(~allowed, 0)
        return self.divided(kernel, kernel.sum(-1, keepdim=True))

    def cost(self, n: int, m: int, mask: Mask = Mask()) -> Cost:
        h, d, e = self.size.h, self.size.d, self.size.e
        m = m - mask.start
        # read one by one where causal; else the keys' product as well, and the mass
        matmuls = n * e if mask.causal else (n + m) * e + n
        # one by one the keys' products are made and summed without a matrix product, and masses too
        summed = (2 * m * e + 2 * n) * d if mask.causal else m * d
        return Cost(
            matmul_flops=2 * h * d * matmuls,
            other_flops=h * (2 * (n + m) * d + summed + n * e),
            state_numbers=h * d * (e + 1),
        )

    def initial_state(self, b: int, device: torch.device | None = None) -> State:
        h, d, e = self.size.h, self.size.d, self.size.e
        return torch.zeros(b, h, d, e, device=device), torch.zeros(b, h, d, device=device)

    def extend(self, streams: Streams, mask: Mask, state: State) -> tuple[Tensor, State]:
        own = mask.since_start
        a, b, v = elu(streams.q) + 1, self.features(streams.k, own), own.readable(streams.v)
        return self.read(a, b, v, (state[0].to(v), state[1].to(v)))


class RowWise(Mechanism):
    """Softmax attention within the rows of a grid, for the laws that a grid changes."""

    traits = Traits(
        source="this test",
        time="n^2",
        memory="n^2",
        causal=True,
        padding=True,
        mass="exactly 1",
        equivariant=False,
        needs_grid=True,
    )

    def forward(self, streams: Streams, mask: Mask) -> Tensor:
        return self.weights(streams, mask) @ mask.readable(streams.v)

    def weights(self, streams: Streams, mask: Mask) -> Tensor:
        grid = self.size.grid
        place = torch.arange(-grid.prefix, grid.height * grid.width, device=streams.q.device)
        row = place.div(grid.width, rounding_mode="floor")
        scores = scaled_scores(streams.q, streams.k, mask, self.size)
        own = scores.masked_fill(row.unsqueeze(1) != row, -torch.inf)
        return safe_softmax(own).to(streams.v.dtype)

    def cost(self, n: int, m: int, mask: Mask = Mask()) -> Cost:
        h, d, e = self.size.h, self.size.d, self.size.e
        return Cost(
            matmul_flops=2 * h * n * m * (d + e),
            other_flops=6 * h * n * m,
            state_numbers=h * m * (d + e),
        )
