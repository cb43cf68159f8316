"""The laws of a layer bite: each catches the faults that it is there for."""

import pytest
from judged_apart import APART, said
from layer_faults import around, positions, uses

from regard.mechanisms.softmax import Softmax
from regard.models.laws import LAYER_LAWS, LayerSubject

FAULTS = {
    "causality": (around.TapsAheadWhenCausal, around.NormedOverPositions),
    "compiled": (uses.OtherwiseTraced, uses.TracedWithoutGradient),
    "distances": (
        positions.FrequenciesRounded,
        positions.KeysAreNotTurned,
        positions.TurnedWithinThousandths,
    ),
    "dropout": (around.DropsInEvaluation, around.DropsUnscaled),
    "dtypes": (positions.FrequenciesRounded, positions.SlopesRounded, positions.TableKeptEmpty),
    "empty": (uses.DividesByTheLength, uses.LosesTheBatch),
    "exported": (uses.RemembersTheFirst, uses.OtherwiseTraced),
    "going_on": (positions.StartForgotten, positions.AddedFromTheFront, around.TailLost),
    "grouped_heads": (around.HeadsInTurn, around.OneHeadForAll),
    "misfits": (uses.NothingRefused, uses.MasksNotRefused, uses.StatesNotRefused),
    "options_act": (uses.OwnSlopesReplaced, uses.NormForgotten, uses.ScaleForgotten),
    "padding_nan": (around.PaddingProjected, around.PaddingSummed),
    "start": (positions.StartForgotten, uses.EndAtTheStart),
}
PLANTED = [(law, fault) for law, faults in FAULTS.items() for fault in faults if law not in APART]

JUDGED = """
from layer_faults import uses
from regard.mechanisms.softmax import Softmax
from regard.models import Attention
from regard.models.laws import LAYER_LAWS, LayerSubject
for shell in (Attention, {faults}):
    judgment = LAYER_LAWS.judge(LayerSubject(Softmax, shell=shell), {law!r})
    print(shell.__name__, judgment.outcome, (judgment.figure or 0) > judgment.limit)
"""


@pytest.mark.parametrize("law, fault", PLANTED, ids=lambda each: getattr(each, "__name__", each))
def test_a_planted_fault_is_caught_by_its_law(law, fault):
    judgment = LAYER_LAWS.judge(LayerSubject(Softmax, shell=fault), law)

    assert judgment.outcome == "broken"
    # caught by what was measured, not because the fault crashed
    assert judgment.figure is not None and judgment.figure > judgment.limit
    assert judgment.note


@pytest.mark.parametrize("law", APART)
def test_faults_of_laws_that_are_judged_apart_are_caught(law):
    faults = [fault.__name__ for fault in FAULTS[law]]
    code = JUDGED.format(faults=", ".join(f"uses.{name}" for name in faults), law=law)

    assert said(code) == ["Attention holds False", *(f"{name} broken True" for name in faults)]


def test_every_law_has_a_planted_fault():
    assert sorted(FAULTS) == LAYER_LAWS.names()
