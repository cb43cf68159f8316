"""The laws bite: each catches the faults that it is there for, and lets sound mechanisms pass."""

import pytest
from faults import (
    batch,
    causality,
    chance,
    claims,
    costs,
    crossings,
    decays,
    devices,
    heads,
    held,
    honest,
    kept,
    lengths,
    masks,
    meetings,
    modes,
    numerics,
    others,
    padding,
    pairs,
    precisions,
    registering,
    sizes,
    state,
    streaming,
    streams,
    traits,
    work,
)
from faults.honest import HONEST
from faults.sound import Gated, RowWise, Summed, Warm
from faults.unusual import UNUSUAL
from judged_apart import broken, judged, missed

from regard.attention.laws import MECHANISM_LAWS, MechanismSubject
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
    claims.NegativeWeights: "mass",
    claims.ItselfInSecret: "reads_itself",
    claims.MoreThanAll: "mass",
    claims.NearestChosen: "chooses",
    claims.NeverArrives: "ties",
    claims.NothingChosen: "chooses",
    claims.PlacesCounted: "permutation_equivariance",
    claims.PlacesDenied: "permutation_equivariance",
    claims.QueriesNotRead: "reads",
    claims.QueriesReadInSecret: "reads",
    claims.Renamed: "distinct_from_softmax",
    claims.RowsAboveOne: "mass",
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
    crossings.FeaturesOverflow: "loud_scores",
    crossings.HighPower: "logit_scales",
    crossings.LastQueriesReadNothing: "causal_cross",
    crossings.LastKeyForgotten: "cross_lengths",
    crossings.OneKeyLess: "causal_cross",
    crossings.OneKeyMore: "causal_cross",
    crossings.StartForgottenOverMoreKeys: "causal_cross",
    devices.BasisOnTheCpu: "same_device",
    devices.BiasOnTheCpu: "same_device",
    devices.PlacesOnTheCpu: "same_device",
    devices.StateBeginsOnTheCpu: "same_device",
    devices.StateOnTheCpu: "same_device",
    lengths.CacheOf64: "any_cut",
    lengths.CausalUpTo128: "unread_keys",
    lengths.CountsUpTo128: "any_cut",
    lengths.FarFutureSeen: "unread_keys",
    lengths.GradientOfLongSumsDoubled: "gradcheck",
    lengths.GradientUpTo64: "gradcheck",
    lengths.LastOfWholeBlocksDropped: "lengths",
    lengths.LouderAtWholeBlocks: "causality_cut",
    lengths.PaddingUpTo100: "padding_length",
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
    modes.ColderInTraining: "modes",
    modes.FutureSeenInTraining: "unread_keys",
    modes.FutureSeenWithoutGradient: "modes",
    modes.GradientOfTheGateLost: "modes",
    modes.HalvedGradient: "modes",
    modes.HalvedGradientOfNoise: "gradcheck",
    modes.LearnsByReading: "modes",
    modes.NormalizedOverKeys: "modes",
    modes.NormalizedOverNoise: "unread_keys",
    modes.PaddingSeenInTraining: "unread_keys",
    modes.PiecesDifferInTraining: "modes",
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
    precisions.BfloatInside: "rounding",
    precisions.CausalInFloat64Alone: "unread_keys",
    precisions.CountedInHalf: "rounding",
    precisions.DoubledInHalf: "rounding",
    precisions.GradientRoundedInFloat32: "rounding",
    precisions.HalfInWeightsAlone: "rounding",
    precisions.HiddenByTenThousand: "unread_keys",
    precisions.MaximumOverHiddenScores: "unread_keys",
    precisions.MaximumOverPadding: "unread_keys",
    precisions.PaddingSeenInHalf: "unread_keys",
    precisions.SegmentsForgottenUnderAutocast: "unread_keys",
    precisions.StateInHalf: "rounding",
    sizes.BatchOfFourAtMost: "examples_alone",
    sizes.EightFeaturesCounted: "flops",
    sizes.FifthExampleUnmasked: "unread_keys",
    sizes.FourHeadsAtMost: "heads_alone",
    sizes.FourthHeadColder: "heads_alone",
    sizes.FourthHeadUnmasked: "unread_keys",
    sizes.OddFeatureDropped: "features",
    sizes.OddFeatureReadsAll: "unread_keys",
    sizes.OddValuesHalved: "weights_times_values",
    sizes.OneExampleUnmasked: "examples_alone",
    sizes.OneHeadReadsAll: "unread_keys",
    sizes.OneMaskForTheFirst: "examples_alone",
    sizes.OthersOfTwoHeads: "flops",
    sizes.SecondHalfForgotten: "features",
    sizes.ScaleDividedTwice: "scale",
    sizes.ScaleSquared: "scale",
    sizes.ScaledForEight: "scale",
    sizes.StateOfTheFirstExamples: "any_cut",
    sizes.StateOfTwoHeads: "state_size",
    sizes.TwoHeadsCounted: "flops",
    sizes.WarmerAlone: "heads_alone",
    sizes.WiderValuesCut: "features",
    state.BufferNotSaved: "state_dict_round_trip",
    state.FreshAdjacency: "deterministic",
    state.ProjectionIsNoBuffer: "state_dict_round_trip",
    state.RemembersAMask: "deterministic",
    state.ValuesOverwritten: "inputs_untouched",
    streaming.BiasFromTheFirstRow: "any_cut",
    streaming.GradientCutInState: "any_cut",
    streaming.NormalizerNotCounted: "state_size",
    streaming.PaddingWritten: "any_cut",
    streaming.StateKeepsAllSums: "state_size",
    streaming.StateLostAtACut: "any_cut",
    streaming.StateOverwritten: "any_cut",
    streaming.StreamsWithDecay: "any_cut",
    streaming.StreamsWithoutNormalizer: "any_cut",
    streaming.StrengthNotCached: "any_cut",
    streams.FormDiffers: "forms",
    streams.GateReadAtTheKey: "sides",
    streams.GradientOfAFormDiffers: "forms",
    streams.HeadsInterleaved: "grouped",
    streams.TempersInterleaved: "grouped",
    streams.StrengthReadAtTheQuery: "sides",
}
for faults in (chance, decays, heads, held, kept, meetings, others, pairs, registering, traits, work):
    FAULTS |= faults.CAUGHT


SOUND = (decays.Fades, Gated, RowWise, Summed, Warm, *HONEST, *UNUSUAL)
"""Mechanisms behind the faults, and honest ones of an unusual kind."""

NEAREST_TO_FAULTS = (Warm, honest.Silent)
"""What is behind most of the faults, and what laws once took for faulty; the others take their time."""

CRASHES = {
    held.PenaltyOfTheFirstCall: ("penalty", "second call"),
    precisions.AutocastMixesTypes: ("rounding", "autocast"),
    precisions.ExtendRefusesHalf: ("rounding", "bfloat16"),
    precisions.TooLargeForHalf: ("unread_keys", "float16"),
}
"""Faults that raise an error somewhere: the law tells where."""


@pytest.mark.parametrize("law", MECHANISM_LAWS.names())
def test_a_law_catches_each_of_its_planted_faults(law):
    faults = [subject_of(fault) for fault, caught_by in FAULTS.items() if caught_by == law]

    assert faults
    assert missed(MECHANISM_LAWS, law, faults) == []


@pytest.mark.parametrize("fault", CRASHES, ids=lambda fault: fault.__name__)
def test_a_crash_in_one_regime_is_told_with_the_regime(fault):
    law, regime = CRASHES[fault]

    (judgment,) = judged(MECHANISM_LAWS, [(subject_of(fault), law)])

    assert (judgment.outcome, judgment.figure) == ("broken", None)
    assert regime in judgment.note.split(".py, line ")[-1]


@pytest.mark.parametrize(
    "sound",
    [
        pytest.param(each, id=each.__name__, marks=() if each in NEAREST_TO_FAULTS else pytest.mark.long)
        for each in SOUND
    ],
)
def test_a_sound_mechanism_keeps_every_law(sound):
    assert broken(MECHANISM_LAWS, subject_of(sound)) == []


def subject_of(part):
    return MechanismSubject(part, find=MECHANISMS.find)
