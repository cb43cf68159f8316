"""Heads: any number of them, none of which is special."""

import copy
from collections.abc import Iterator, Mapping
from typing import final

from regard.attention.checking.examples import mixed_together
from regard.attention.checking.heads import mask_of, split_by_heads, state_of, streams_of, with_head
from regard.attention.checking.inputs import draw
from regard.attention.checking.law import MechanismLaw
from regard.attention.checking.masks import declared_masks
from regard.attention.checking.regimes import Regime
from regard.attention.checking.subject import MechanismSubject
from regard.attention.mechanism import Mechanism
from regard.laws import ROUNDING, Case
from regard.laws.figures import change
from regard.laws.trying import trying

N = 24


@final
class HeadsAlone(MechanismLaw):
    """Of any number of heads each reads by itself, and gives what it gives as one of two, if two heads do so.

    Two heads show what is meant: a mechanism may mix heads, and a head may differ by its place alone, for
    instance by a decay that is no parameter.
    """

    def measure(self, subject: MechanismSubject) -> Iterator[Case]:
        pair = subject.build(subject.size(N))
        yield "two heads are mixed", 0.0
        if _mixed(pair) > ROUNDING:
            return
        for h in subject.depth.heads:
            if subject.accepts(Regime(n=N, heads=h)):
                with trying(f"h = {h}"):
                    several = subject.build(subject.size(N, heads=h))
                    yield f"h = {h}, heads are mixed", _mixed(several)
                    for where, figure in _as_pairs(several, copy.deepcopy(pair)):
                        yield f"h = {h}, {where}", figure


def _mixed(mechanism: Mechanism) -> float:
    """How much other streams in one head change in the other heads."""
    inputs, others, h = draw(mechanism, n=N), draw(mechanism, n=N, seed=1), mechanism.size.h
    exchanged = [with_head(mechanism, inputs, head, others) for head in range(h)]
    worst = 0.0
    for mask in declared_masks(mechanism, n=N).values():
        expected = mechanism(inputs, mask)
        for head, moved in enumerate(mixed_together(mechanism, exchanged, mask)):
            rest = [i for i in range(h) if i != head]
            worst = max(worst, change(moved[:, rest], expected[:, rest]))
    return worst


def _as_pairs(several: Mechanism, pair: Mechanism) -> Iterator[Case]:
    """How far each head is from what it gives twice, as both of a pair."""
    dimensions = split_by_heads(pair, several)
    if dimensions is None or not _trade_places(pair, dimensions):
        return
    inputs = draw(several, n=N)
    for name, mask in declared_masks(several, n=N).items():
        mixed = several(inputs, mask)
        for head in range(several.size.h):
            pair.load_state_dict(state_of(several, dimensions, [head, head]))
            twice = pair(streams_of(several, inputs, [head, head]), mask_of(mask, [head, head]))
            yield f"{name}, head {head + 1}", change(mixed[:, head], twice[:, 0])


def _trade_places(pair: Mechanism, dimensions: Mapping[str, int | None]) -> bool:
    """Whether the two heads of a pair, exchanged with all that is theirs, exchange their outputs."""
    inputs, exchanged = draw(pair, n=N), copy.deepcopy(pair)
    exchanged.load_state_dict(state_of(pair, dimensions, [1, 0]))
    mixed = exchanged(streams_of(pair, inputs, [1, 0]))
    return change(mixed, pair(inputs)[:, [1, 0]]) < ROUNDING
