"""Several parts of a mask at once: what they hide together is hidden."""

from collections.abc import Iterator
from dataclasses import replace
from typing import final

from regard.attention.checking.combinations import BATCH, allowed_pairs, combined_masks, lengths
from regard.attention.checking.influence import influence
from regard.attention.checking.inputs import draw_in
from regard.attention.checking.law import MechanismLaw
from regard.attention.checking.regimes import PRECISIONS_AND_MODES, Regime
from regard.attention.checking.subject import MechanismSubject
from regard.attention.mechanism import Mechanism
from regard.laws import Case
from regard.laws.trying import trying

LOUD = 4.0


@final
class HiddenKeys(MechanismLaw):
    """A key that any one of several parts of a mask hides from a query changes nothing in its output.

    Under every pair of the parts declared and under all at once, each key in turn, in every precision and
    mode.
    """

    limit = 1.0

    def measure(self, subject: MechanismSubject) -> Iterator[Case]:
        for usual in (Regime(), *PRECISIONS_AND_MODES):
            if usual.mode == "training" and subject.traits.stochastic:
                continue  # copies of an example would draw other numbers
            for n, m in lengths(subject.traits):
                regime = replace(usual, n=n, m=None if n == m else m, b=BATCH)
                mechanism = subject.build(subject.size_of(regime), dtype=regime.dtype)
                yield f"{regime.name}, no mask", 0.0
                with trying(regime.name), regime.entered(mechanism):
                    for name, figure in _seen(mechanism, regime):
                        yield f"{regime.name}, {name}", figure / regime.rounded


def _seen(mechanism: Mechanism, regime: Regime) -> Iterator[Case]:
    """How much of what a mask hides is seen."""
    n, m = regime.n, regime.keys
    inputs = draw_in(mechanism, regime)
    others = draw_in(mechanism, regime, seed=1).map(lambda each: LOUD * each)
    for name, mask in combined_masks(mechanism, n, m).items():
        hidden = ~allowed_pairs(mask, n, m).unsqueeze(1)
        yield name, influence(mechanism, inputs, others, mask).where(hidden, 0).max().item()
