"""The scale of scores, which the shell and its options choose."""

from collections.abc import Iterator
from dataclasses import replace
from typing import final

from torch import Tensor
from torch.nn.functional import pad

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

VISIBLE = 1e-3
"""What counts as a change: what normalizes q itself adds a small number to its norm, which shows a little."""


@final
class Scale(MechanismLaw):
    """Where scores are products of q and k, a larger `Size.scale` is a larger q; its default is 1 / sqrt d.

    Scores are products if a larger q does what a larger k does, and more than make the output larger. A
    mechanism may have a scale of its own, and the shell then refuses to be given one: it must be 1 / sqrt d.
    """

    def exempt(self, subject: MechanismSubject) -> str | None:
        return None if subject.traits.scaled else "has scores of its own scale"

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
    if change(larger(inputs), usual(inputs)) < ROUNDING:
        yield f"d = {d}, a scale of its own", _from_root(subject, regime, usual, inputs)
        return
    for name, mask in declared_masks(usual, n=regime.n).items():
        expected = usual(inputs, mask)
        yield f"d = {d}, {name}, 1 / sqrt d", change(by_root(inputs, mask), expected)
        expected = usual(_louder(inputs, "q"), mask)
        yield f"d = {d}, {name}, scaled up", change(larger(inputs, mask), expected)


def _from_root(subject: MechanismSubject, regime: Regime, usual: Mechanism, inputs: Streams[Tensor]) -> float:
    """How far the scale is from 1 / sqrt d: the same products among four times as many features, the others
    of which are 0, with q twice as large. Parameters that depend on d tell nothing."""
    d = regime.key_features
    wide = subject.build(subject.size_of(replace(regime, key_features=4 * d)))
    shapes = [{name: each.shape for name, each in part.state_dict().items()} for part in (wide, usual)]
    if shapes[0] != shapes[1]:
        return 0.0
    padded = inputs.replace(q=pad(2 * inputs.q, (0, 3 * d)), k=pad(inputs.k, (0, 3 * d)))
    return change(wide(padded), usual(inputs))


def _scores_by_products(mechanism: Mechanism, inputs: Streams[Tensor]) -> bool:
    usual = mechanism(inputs)
    of_q, of_k = (mechanism(_louder(inputs, name)) for name in ("q", "k"))
    alike = change(of_k, of_q) < ROUNDING
    return alike and change(of_q, usual) > VISIBLE and change(of_q, LOUDER * usual) > ROUNDING


def _louder(streams: Streams[Tensor], name: str) -> Streams[Tensor]:
    """The streams of this name, and those that are numbered: a mechanism may have q and q2."""
    louder = {each: LOUDER * x for each, x in streams.items() if each.rstrip("0123456789") == name}
    return streams.replace(**louder)
