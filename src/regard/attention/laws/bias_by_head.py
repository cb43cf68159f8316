"""A bias belongs to its head."""

from collections.abc import Iterator
from typing import final

import torch
from torch import Tensor

from regard.attention.bias import Bias
from regard.attention.checking.inputs import draw
from regard.attention.checking.law import MechanismLaw
from regard.attention.checking.masks import each_part, joined
from regard.attention.checking.subject import MechanismSubject
from regard.attention.mask import Mask
from regard.attention.mask_parts import MASK_PARTS
from regard.attention.mechanism import Mechanism
from regard.attention.streams import Streams
from regard.core.randomness import generator_of
from regard.laws import ROUNDING, Case
from regard.laws.figures import broken_if, change

HEADS = 3
N = 12
BIASES = ("slopes", "table", "dense")


@final
class BiasByHead(MechanismLaw):
    """A bias that one head alone has changes that head, and leaves every other as it is without.

    Under every other part of a mask too. Where heads are mixed (talking heads), the own head alone is judged.
    """

    def exempt(self, subject: MechanismSubject) -> str | None:
        traits = subject.traits
        return None if traits.slopes or traits.table or traits.dense else "declares no bias"

    def measure(self, subject: MechanismSubject) -> Iterator[Case]:
        mechanism = subject.build(subject.size(N, heads=HEADS))
        inputs, apart = draw(mechanism, n=N), _heads_are_apart(mechanism)
        for name, mask in _masks(mechanism).items():
            plain = mechanism(inputs, mask)
            for part in BIASES:
                if not getattr(mechanism.traits, part):
                    continue
                for head in range(HEADS):
                    mixed = mechanism(inputs, joined(mask, Mask(bias=_of_one_head(part, head))))
                    own = torch.arange(HEADS) == head
                    where = f"{part} of head {head}, {name}"
                    unmoved = change(mixed[:, own], plain[:, own]) < ROUNDING
                    yield f"{where}: does nothing", broken_if(unmoved)
                    if apart:
                        yield f"{where}: other heads", change(mixed[:, ~own], plain[:, ~own])


def _masks(mechanism: Mechanism) -> dict[str, Mask]:
    """No mask, and each part alone that is no bias."""
    parts = each_part(mechanism.size, 2, N, N).items()
    hiding = {
        name: mask
        for name, mask in parts
        if name not in BIASES and getattr(mechanism.traits, MASK_PARTS[name].trait)
    }
    return {"no mask": Mask()} | hiding


def _of_one_head(part: str, head: int) -> Bias:
    """A bias of nothing in every head but one."""
    shape = {"slopes": (HEADS,), "table": (HEADS, 2 * N - 1), "dense": (HEADS, N, N)}[part]
    given = torch.rand(shape, generator=generator_of(0, "conformance", "bias", part), dtype=torch.float64)
    others = (torch.arange(HEADS) != head).view(-1, *(1,) * (len(shape) - 1))
    return Bias(**{part: given.masked_fill(others, 0)})


def _heads_are_apart(mechanism: Mechanism) -> bool:
    """Whether other streams in the last head leave every other head as it is."""
    inputs, others = (draw(mechanism, seed=seed, n=N) for seed in (0, 1))

    def in_last(name: str, each: Tensor) -> Tensor:
        if each.shape[1] == 1:
            return each
        return torch.cat([each[:, :-1], getattr(others, name)[:, -1:]], 1)

    redrawn = Streams(**{name: in_last(name, each) for name, each in inputs.items()})
    return change(mechanism(redrawn)[:, :-1], mechanism(inputs)[:, :-1]) < ROUNDING
