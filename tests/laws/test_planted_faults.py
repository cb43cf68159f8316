"""The laws bite: each catches the faults that it is there for, and lets sound mechanisms pass."""

import pytest
from faults import (
    batch,
    causality,
    chance,
    claims,
    costs,
    heads,
    masks,
    numerics,
    others,
    padding,
    pairs,
    registering,
    state,
    streaming,
    streams,
    traits,
    work,
)
from faults.honest import HONEST
from faults.sound import Gated, RowWise, Summed, Warm

from regard.attention.laws import MECHANISM_LAWS, MechanismSubject, judge
from regard.mechanisms import MECHANISMS

FAULTS = {
    batch.BatchScaledInverse: "batch_independence",
    batch.SharedTemperature: "batch_independence",
    causality.AlignedAtTheEnd: "cross_lengths",
    causality.BlockwiseCausal: "causality_redrawn",
    causality.CausalIgnored: "causality_redrawn",
    causality.GlobalKeyMaximum: "causality_loud",
    causality.RunningMeanOverFeatures: "weights_times_values",
    causality.ScaledByLength: "causality_cut",
    causality.StrengthsShifted: "causality_redrawn",
    claims.GateNotRead: "reads",
    claims.GatesHalfOpen: "ties",
    claims.HalfOfTheFeaturesScored: "rotary",
    claims.NegativeWeights: "normalized_rows",
    claims.NeverArrives: "ties",
    claims.PlacesCounted: "permutation_equivariance",
    claims.PlacesDenied: "permutation_equivariance",
    claims.QueriesNotRead: "reads",
    claims.QueriesReadInSecret: "reads",
    claims.Renamed: "distinct_from_softmax",
    claims.RowsAboveOne: "normalized_rows",
    claims.ScoresOfFeatures: "rotary",
    claims.TurnsBack: "ties",
    costs.CountedAsMultiplyAdds: "flops",
    costs.DenseInBackward: "memory_growth",
    costs.DenseInDisguise: "memory_growth",
    costs.DenseWhenCausal: "memory_growth",
    costs.HiddenPairsNotCounted: "flops",
    costs.MaskForgotten: "flops",
    costs.SaidToBeLinear: "time_growth",
    costs.GroupsNotCounted: "state_size",
    costs.ValuesNotCounted: "flops",
    masks.DenseTransposed: "dense",
    masks.EdgesIgnored: "edges",
    masks.EdgesTransposed: "edges",
    masks.ExtendNotGuarded: "undeclared_raises",
    masks.MasksSwallowed: "undeclared_raises",
    masks.SegmentsIgnored: "segments",
    masks.SlopesIgnored: "slopes",
    masks.SlopesReward: "slopes",
    masks.StartIgnored: "start",
    masks.TableMirrored: "table",
    masks.TableWithoutGradient: "table",
    masks.StateNotGuarded: "undeclared_raises",
    masks.TiesNotGuarded: "undeclared_raises",
    masks.WeightsNotGuarded: "undeclared_raises",
    masks.WindowOneTooNarrow: "window",
    masks.WindowOneTooWide: "window",
    numerics.AlwaysFloat32: "shape_and_dtype",
    numerics.KeySized: "shape_and_dtype",
    numerics.LastChunkDropped: "lengths",
    numerics.NarrowPlaces: "low_precision",
    numerics.NoMaximumSubtracted: "logit_scales",
    numerics.NormalizerDetached: "gradcheck",
    numerics.RawMemoryRead: "memory_layout",
    numerics.StraightArgmax: "gradient_reaches",
    padding.HiddenWhereBothHide: "hidden_weights",
    padding.MaskOnValuesOnly: "padding_content",
    padding.MultipliedByMask: "padding_nan",
    padding.NanWhenNothing: "fully_masked_rows",
    padding.PaddingCounted: "padding_length",
    padding.PaddingForgottenWhenCausal: "causal_and_padding",
    padding.PaddingIgnored: "padding_content",
    padding.UniformWhenNothing: "fully_masked_rows",
    state.BufferNotSaved: "state_dict_round_trip",
    state.FreshAdjacency: "deterministic",
    state.ProjectionIsNoBuffer: "state_dict_round_trip",
    state.RemembersAMask: "deterministic",
    state.ValuesOverwritten: "inputs_untouched",
    streaming.BiasFromTheFirstRow: "any_cut",
    streaming.GradientCutInState: "any_cut",
    streaming.NormalizerNotCounted: "state_size",
    streaming.PaddingWritten: "any_cut",
    streaming.StateLostAtACut: "any_cut",
    streaming.StateOverwritten: "any_cut",
    streaming.StreamsWithDecay: "any_cut",
    streaming.StreamsWithoutNormalizer: "any_cut",
    streaming.StrengthNotCached: "any_cut",
    streams.FormDiffers: "forms",
    streams.GateReadAtTheKey: "sides",
    streams.GradientOfAFormDiffers: "forms",
    streams.HeadsInterleaved: "grouped",
    streams.StrengthReadAtTheQuery: "sides",
}
for faults in (chance, heads, others, pairs, registering, traits, work):
    FAULTS |= faults.CAUGHT


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_a_planted_fault_is_caught_by_its_law(fault):
    judgment = judge(MechanismSubject(fault, find=MECHANISMS.find), FAULTS[fault])

    assert judgment.outcome == "broken"
    # caught by what was measured, not because the fault crashed
    assert judgment.figure is not None and judgment.figure > judgment.limit
    assert judgment.note


@pytest.mark.parametrize("law", MECHANISM_LAWS.names())
@pytest.mark.parametrize("sound", [Gated, RowWise, Summed, Warm])
def test_the_sound_mechanism_behind_the_faults_keeps_every_law(sound, law):
    judgment = judge(MechanismSubject(sound, find=MECHANISMS.find), law)

    assert judgment.outcome != "broken", judgment


@pytest.mark.parametrize("honest", HONEST, ids=lambda honest: honest.__name__)
def test_an_honest_mechanism_of_an_unusual_kind_keeps_every_law(honest):
    judgments = MECHANISM_LAWS.check(MechanismSubject(honest, find=MECHANISMS.find))

    assert [judgment for judgment in judgments if judgment.outcome == "broken"] == []


def test_every_law_has_a_planted_fault():
    assert set(FAULTS.values()) == set(MECHANISM_LAWS.names())
