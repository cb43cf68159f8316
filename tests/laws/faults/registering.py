"""Faults in what torch knows of a mechanism: parameters, buffers, and what a call does to them."""

from typing import Any

import torch
from torch import Tensor, nn

from faults.sound import Warm
from regard.attention import Mask, Size, Streams


class Gained(Warm):
    """The same with a learned gain for each head, wherever it is kept."""

    def gain(self) -> Tensor:
        """One number per head, (h, 1, 1)."""
        raise NotImplementedError

    def sound_weights(self, streams: Streams, mask: Mask) -> Tensor:
        return super().sound_weights(streams.replace(q=streams.q * self.gain().to(streams.q)), mask)


class BornAtTheFirstCall(Gained):
    """Makes its parameter when it is first used: no optimizer that was made before learns it."""

    def gain(self) -> Tensor:
        if not hasattr(self, "late"):
            self.late = nn.Parameter(torch.ones(self.size.h, 1, 1, dtype=self.warmth.dtype))
        return self.late


class GainsInADictionary(Gained):
    """Keeps its parameters in a plain dictionary."""

    def __init__(self, size: Size, *, warmth: float = 2.0) -> None:
        super().__init__(size, warmth=warmth)
        self.gains = {"all": nn.Parameter(torch.ones(size.h, 1, 1))}

    def gain(self) -> Tensor:
        return self.gains["all"]


class LayersInATuple(Gained):
    """Keeps a module for each head in a tuple."""

    def __init__(self, size: Size, *, warmth: float = 2.0) -> None:
        super().__init__(size, warmth=warmth)
        self.layers = tuple(nn.Linear(1, 1) for _ in range(size.h))
        for layer in self.layers:
            nn.init.ones_(layer.weight)

    def gain(self) -> Tensor:
        return torch.stack([layer.weight for layer in self.layers])


class GainInAClosure(Gained):
    """Keeps its parameter where a function remembers it."""

    def __init__(self, size: Size, *, warmth: float = 2.0) -> None:
        super().__init__(size, warmth=warmth)
        kept = nn.Parameter(torch.ones(size.h, 1, 1))
        self.remembered = lambda: kept

    def gain(self) -> Tensor:
        return self.remembered()


class GainOfTheClass(Gained):
    """Keeps a tensor with the class, where all models share it and none moves it."""

    shared = torch.ones(1, 1, 1)

    def gain(self) -> Tensor:
        return self.shared


class ReplacedByACall(Gained):
    """Replaces its parameter at every call in training: the optimizer goes on with the old one."""

    def gain(self) -> Tensor:
        if self.training:
            self.warmth = nn.Parameter(self.warmth.detach().clone())
        return torch.ones(self.size.h, 1, 1)


class CountsItsCalls(Gained):
    """Counts its calls in a buffer, in eval mode too."""

    def __init__(self, size: Size, *, warmth: float = 2.0) -> None:
        super().__init__(size, warmth=warmth)
        self.register_buffer("calls", torch.zeros(1, 1, 1))

    def gain(self) -> Tensor:
        self.calls += 1
        return torch.ones(self.size.h, 1, 1)


class StaleGain(Gained):
    """Computes from its parameter once, and never again after it was loaded or learned."""

    def __init__(self, size: Size, *, warmth: float = 2.0) -> None:
        super().__init__(size, warmth=warmth)
        self.gains = nn.Parameter(torch.ones(size.h, 1, 1))
        self.kept: list[Any] = []

    def gain(self) -> Tensor:
        if not self.kept:
            self.kept.append((2 * self.gains).detach())
        return self.kept[0] + 0 * self.gains


CAUGHT = {
    BornAtTheFirstCall: "registration",
    CountsItsCalls: "registration",
    GainInAClosure: "registration",
    GainOfTheClass: "registration",
    GainsInADictionary: "registration",
    LayersInATuple: "registration",
    ReplacedByACall: "registration",
    StaleGain: "state_dict_round_trip",
}
