"""The scale of scores, which the shell and its options choose."""

from collections.abc import Iterator
from dataclasses import replace
from typing import final

from torch import Tensor

from regard.attention.checking.inputs import draw
from regard.attention.checking.law import MechanismLaw
from regard.attention.checking.masks import declared_masks
from regard.attention.checking.regimes import Regime
from regard.attention.checking.subject import MechanismSubject
from regard.attention.mechanism import Mechanism
from regard.attention.streams import Streams
from regard.laws import ROUNDING, Case
from regard.laws.figures import change
from regard.laws.trying import trying

LOUDER = 3.0


@final
class Scale(MechanismLaw):
    """Where scores are products of q and k, a larger `Size.scale` is a larger q; its default is 1 / sqrt d.

    Scores are products if a larger q does what a larger k does, and more than make the output larger.
    """

    def measure(self, subject: MechanismSubject) -> Iterator[Case]:
        yield "at no size does it score by products", 0.0
        for d in subject.depth.key_features:
            regime = Regime(n=24, key_features=d)
            if subject.accepts(regime):
                with trying(f"d = {d}"):
                    yield from _at(subject, regime)


def _at(subject: MechanismSubject, regime: Regime) -> Iterator[Case]:
    usual, d = subject.build(subject.size_of(regime)), regime.key_features
    inputs = draw(usual, n=regime.n)
    if not ({"q", "k"} <= set(inputs.names) and _scores_by_products(usual, inputs)):
        return
    by_root = subject.build(subject.size_of(replace(regime, scale=d**-0.5)))
    larger = subject.build(subject.size_of(replace(regime, scale=LOUDER * d**-0.5)))
    for name, mask in declared_masks(usual, n=regime.n).items():
        expected = usual(inputs, mask)
        yield f"d = {d}, {name}, 1 / sqrt d", change(by_root(inputs, mask), expected)
        expected = usual(_louder(inputs, "q"), mask)
        yield f"d = {d}, {name}, scaled up", change(larger(inputs, mask), expected)


def _scores_by_products(mechanism: Mechanism, inputs: Streams[Tensor]) -> bool:
    usual = mechanism(inputs)
    of_q, of_k = (mechanism(_louder(inputs, name)) for name in ("q", "k"))
    alike = change(of_k, of_q) < ROUNDING
    return alike and change(of_q, usual) > ROUNDING and change(of_q, LOUDER * usual) > ROUNDING


def _louder(streams: Streams[Tensor], name: str) -> Streams[Tensor]:
    return streams.replace(**{name: LOUDER * getattr(streams, name)})
