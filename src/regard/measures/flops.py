"""Floating point operations of a whole model, and the share of its mechanisms."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, final

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode
from torch.utils.hooks import RemovableHandle

from regard.attention import Mask, Mechanism
from regard.attention.forms import mechanisms_of
from regard.attention.guard import lengths
from regard.data import Samples


@final
@dataclass(frozen=True)
class Flops:
    """For one example, forward."""

    model: int
    mechanisms: int
    """What of `model` the mechanisms of all layers take, by their formula."""


def count_flops(model: nn.Module, samples: Samples) -> Flops:
    """The operations of one forward pass over the first sample; one multiply-add is two.

    torch's counter sees matrix products only, and on the CPU not those inside fused attention. So it
    counts what lies around the mechanisms, and each mechanism is charged `cost(n, m, mask)`, which knows its
    transforms, sorts, sums and exponentials; the laws hold that formula against the counter.
    """
    one = samples[:1]
    charges = _Charges()
    counter = FlopCounterMode(display=False)
    handles = [handle for part in mechanisms_of(model) for handle in charges.attach(part, counter)]
    try:
        with torch.inference_mode(), counter:
            model(*one.given)
    finally:
        for handle in handles:
            handle.remove()
    around = counter.get_total_flops() - charges.counted
    return Flops(model=around + charges.declared, mechanisms=charges.declared)


def parameters(parts: Iterable[nn.Module]) -> int:
    """The number of distinct learned numbers in some modules."""
    return sum({id(weight): weight.numel() for part in parts for weight in part.parameters()}.values())


@final
@dataclass
class _Charges:
    """What the counter saw inside mechanisms, and what they declare instead."""

    counted: int = 0
    declared: int = 0
    _entered: list[int] = field(default_factory=list)

    def attach(self, part: Mechanism, counter: FlopCounterMode) -> list[RemovableHandle]:
        def enter(module: nn.Module, given: Any) -> None:
            self._entered.append(counter.get_total_flops())

        def leave(module: Mechanism, given: tuple[Any, ...], mixed: Tensor) -> None:
            streams, mask = given[0], given[1] if len(given) > 1 else Mask()
            self.counted += counter.get_total_flops() - self._entered.pop()
            self.declared += module.cost(*lengths(module, streams), mask).flops

        return [part.register_forward_pre_hook(enter), part.register_forward_hook(leave)]
