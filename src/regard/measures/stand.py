"""A mechanism with what it reads, ready to be measured: one pass, one with gradients, one more position."""

from dataclasses import dataclass
from typing import Self, final

import torch
from torch import Tensor

from regard.attention import Mask, Mechanism, Streams
from regard.attention.checking.inputs import between, draw, first, with_grad
from regard.attention.mechanism import State
from regard.attention.operators import tensors_in
from regard.core.lazy import lazy
from regard.measures.memory import peak_bytes
from regard.measures.timing import Call

PLAIN = "plain"
"""The form that scores every pair, whatever the mask hides."""


@final
@dataclass(frozen=True)
class Stand:
    """A mechanism and standard normal streams of one sequence with itself, under a mask without tensors."""

    mechanism: Mechanism
    streams: Streams[Tensor]
    causal: bool

    @classmethod
    def of(cls, mechanism: Mechanism, b: int, n: int, *, causal: bool, like: Tensor, seed: int = 0) -> Self:
        """A mechanism with b sequences of n positions, of the type of `like` and where that lies."""
        drawn = draw(mechanism, seed=seed, b=b, n=n)
        return cls(mechanism.to(like), drawn.map(lambda each: each.to(like)), causal)

    @property
    def b(self) -> int:
        """Sequences."""
        return next(iter(self.streams)).shape[0]

    @property
    def n(self) -> int:
        """Positions."""
        return next(iter(self.streams)).shape[2]

    @property
    def device(self) -> torch.device:
        """Where everything lies."""
        return next(iter(self.streams)).device

    @property
    def mask(self) -> Mask:
        """Nothing is hidden but what lies ahead, where it is causal."""
        return Mask(causal=self.causal)

    @property
    def flops(self) -> int:
        """Of one forward pass, by the mechanism's formula, under the mask as far as the form skips pairs."""
        mask = Mask() if self.mechanism.forced_form == PLAIN else self.mask
        return self.b * self.mechanism.cost(self.n, self.n, mask).flops

    @property
    def call_forward(self) -> Call:
        """A forward pass, without gradients."""
        mechanism, streams, mask = self.mechanism.eval(), self.streams, self.mask

        @torch.inference_mode()
        def call() -> Tensor:
            return mechanism(streams, mask)

        return call

    @property
    def call_training(self) -> Call:
        """A forward and a backward pass, with gradients of every stream and every weight."""
        mechanism, streams, mask = self.mechanism.train(), with_grad(self.streams), self.mask
        wanted = [*streams, *mechanism.parameters()]

        def call() -> object:
            mixed = mechanism(streams, mask)
            return torch.autograd.grad(mixed, wanted, torch.ones_like(mixed), allow_unused=True)

        return call

    @property
    def call_step(self) -> Call:
        """The last position, all others being in the state."""
        mechanism, state, n = self.mechanism.eval(), self.state, self.n
        one, mask = between(self.streams, n - 1, n), Mask(causal=True, start=n - 1)

        @torch.inference_mode()
        def call() -> object:
            return mechanism.extend(one, mask, state)

        return call

    @lazy
    def state(self) -> State:
        """What is kept of all positions but the last."""
        with torch.inference_mode():
            empty = self.mechanism.eval().initial_state(self.b, self.device)
            return self.mechanism.extend(first(self.streams, self.n - 1), Mask(causal=True), empty)[1]

    @property
    def state_bytes(self) -> int:
        """Bytes of the state, storages that several of its tensors share counted once."""
        storages = [each.untyped_storage() for each in tensors_in(self.state)]
        return sum({storage._cdata: storage.nbytes() for storage in storages}.values())

    def peak_of(self, call: Call) -> int:
        """Weights, streams, and the most that a call keeps alive beside them."""
        held = [*self.streams, *self.mechanism.parameters(), *self.mechanism.buffers()]
        return peak_bytes(call, held)
