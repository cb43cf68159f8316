"""The laws of a layer bite: each catches the faults that it is there for."""

import pytest
from judged_apart import missed
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


@pytest.mark.parametrize("law", LAYER_LAWS.names())
def test_a_law_catches_each_of_its_planted_faults(law):
    assert missed(LAYER_LAWS, law, [LayerSubject(Softmax, shell=fault) for fault in FAULTS[law]]) == []
