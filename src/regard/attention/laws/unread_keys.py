"""Keys that a query may not read, in every regime: the longer, the narrower, in training."""

import copy
from collections.abc import Iterator, Sequence
from typing import final

import torch
from jaxtyping import Bool
from torch import Tensor

from regard.attention.checking.examples import mixed_together
from regard.attention.checking.inputs import draw_in, keys_replaced, replaced
from regard.attention.checking.law import MechanismLaw
from regard.attention.checking.masks import declared_masks, joined, paddings
from regard.attention.checking.regimes import Regime
from regard.attention.checking.subject import MechanismSubject
from regard.attention.mask import Mask
from regard.attention.mechanism import Mechanism
from regard.attention.streams import Streams
from regard.core.randomness import reseed
from regard.laws import Case
from regard.laws.figures import change
from regard.laws.trying import trying

LOUD = 1e4
"""How much louder hidden positions are made: beyond what a mask of -1e4 hides, and to where a maximum that
is taken over hidden scores lets all others vanish, in any precision. In float16 they are still finite."""


@final
class UnreadKeys(MechanismLaw):
    """What a mask hides from a query changes nothing in it, at every size, in every precision and mode."""

    limit = 1.0

    def exempt(self, subject: MechanismSubject) -> str | None:
        traits = subject.traits
        hiding = (traits.causal, traits.padding, traits.edges, traits.window, traits.segments)
        return None if any(hiding) else "declares no part of a mask that hides"

    def measure(self, subject: MechanismSubject) -> Iterator[Case]:
        for regime in subject.regimes():
            mechanism = subject.build(subject.size_of(regime), dtype=regime.dtype)
            with trying(regime.name), regime.entered(mechanism):
                for where, figure in _changes(mechanism, regime):
                    yield f"{regime.name}, {where}", figure / regime.rounded


def _changes(mechanism: Mechanism, regime: Regime) -> Iterator[Case]:
    """How much hidden positions, drawn anew and louder, change in the queries that may not read them.

    Of one sequence with itself, everything at these positions; of two, the keys.
    """
    inputs, others = draw_in(mechanism, regime), draw_in(mechanism, regime, seed=1)
    loud = others.map(lambda each: LOUD * each)

    def changed(hidden: Tensor) -> Streams[Tensor]:
        if regime.m is None:
            return replaced(inputs, hidden, loud)
        return keys_replaced(mechanism, inputs, hidden, loud)

    for name, mask in _hiding_masks(mechanism, regime).items():
        with trying(name):
            (expected,) = _reads(mechanism, [inputs], mask)
            places = list(_hidden(mask, regime))
            mixed = _reads(mechanism, [changed(hidden) for _, hidden, _ in places], mask)
            for (place, _, unread), each in zip(places, mixed, strict=True):
                yield f"{name}, {place}", change(each[unread], expected[unread])


def _hiding_masks(mechanism: Mechanism, regime: Regime) -> dict[str, Mask]:
    """Every declared mask that hides anything, and padding at the end, as most batches have it."""
    n, m = regime.n, regime.keys
    masks = declared_masks(mechanism, n=n, m=m, b=regime.b)
    if mechanism.traits.padding and m > 1:
        ended = Mask(keys=paddings(regime.b, m)["at the end"])
        masks["padding at the end"] = ended
        if mechanism.traits.causal:
            masks["causal, padding at the end"] = joined(Mask(causal=True), ended)
    return {name: mask for name, mask in masks.items() if mask.allowed(n, m) is not None}


def _hidden(mask: Mask, regime: Regime) -> Iterator[tuple[str, Bool[Tensor, "b m"], Bool[Tensor, "b n"]]]:
    """In words, positions that are changed, and the queries that may read none of them and are read."""
    n, m, position = regime.n, regime.keys, torch.arange(regime.keys)
    seen = mask.allowed(n, m)
    assert seen is not None
    allowed = seen.expand(regime.b, 1, n, m)[:, 0]
    padding = torch.zeros(regime.b, m, dtype=torch.bool) if mask.keys is None else ~mask.keys
    places = {"padding": position < 0, f"key {m // 3}": position == m // 3}
    places |= {f"positions from {first} on": position >= first for first in sorted({1, m // 2, 3 * m // 4})}
    for place, chosen in places.items():
        hidden = chosen | padding
        unread = ~(allowed & hidden.unsqueeze(1)).any(2)
        if regime.m is None:
            unread &= ~hidden
        if bool(hidden.any()) and bool(unread.any()):
            yield place, hidden, unread


def _reads(mechanism: Mechanism, several: Sequence[Streams[Tensor]], mask: Mask) -> list[Tensor]:
    """What each of several inputs gives, (b, n, h, e), by a mechanism that has not run in training, which
    draws the same random numbers each time.
    """
    # in one batch each would draw numbers of its own
    together = 1 if mechanism.training and mechanism.traits.stochastic else max(len(several), 1)
    mixed: list[Tensor] = []
    for start in range(0, len(several), together):
        reseed(torch.device("cpu"), 0)
        fresh = copy.deepcopy(mechanism) if mechanism.training else mechanism
        mixed += mixed_together(fresh, several[start : start + together], mask)
    return [each.detach().transpose(1, 2) for each in mixed]
