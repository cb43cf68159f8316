"""Verdicts over all mechanisms, on scores whose truth is known."""

import numpy as np
import pytest
from scipy import stats

from regard.comparison.judge import judge
from regard.comparison.standard import Standard, above_chance

STANDARD = Standard(margin=0.01, level=0.05, resolution=1 / 1000)

BASE = (0.95, 0.96, 0.94, 0.955, 0.945)
NOISE = (0.001, -0.002, 0.0005, 0.0015, -0.001)


def seeds(*scores):
    return dict(enumerate(scores))


def moved(by):
    return seeds(*(base + noise + by for base, noise in zip(BASE, NOISE, strict=True)))


def verdicts(scores, standard=STANDARD):
    judged = judge({"base": seeds(*BASE)} | scores, "base", standard)
    return {label: difference.verdict for label, difference in judged.items()}


def test_better_worse_equivalent_and_undecided():
    noisy = seeds(0.90, 1.0, 0.99, 0.90, 0.96)

    found = verdicts({"up": moved(0.03), "down": moved(-0.03), "same": moved(0), "noisy": noisy})

    assert found == {"up": "better", "down": "worse", "same": "equivalent", "noisy": "undecided"}


def test_the_baseline_is_not_compared_with_itself():
    assert "base" not in verdicts({"up": moved(0.03)})


def test_figures_are_those_of_the_paired_differences():
    up = moved(0.004)
    differences = [up[seed] - BASE[seed] for seed in range(5)]

    found = judge({"base": seeds(*BASE), "up": up}, "base", STANDARD)["up"]

    assert found.p == found.p_holm == pytest.approx(stats.ttest_rel(list(up.values()), BASE).pvalue)
    assert found.mean == pytest.approx(np.mean(differences))
    assert (found.pairs, found.test) == (5, "paired t-test")


def test_the_order_of_mechanisms_never_matters():
    scores = {"base": seeds(*BASE), "a": moved(0.03), "b": moved(0.002), "c": moved(-0.01)}
    backward = dict(reversed(scores.items()))

    assert judge(scores, "base", STANDARD) == judge(backward, "base", STANDARD)


def test_the_order_of_seeds_never_matters():
    backward = dict(reversed(moved(0.004).items()))

    assert judge({"base": seeds(*BASE), "up": moved(0.004)}, "base", STANDARD) == judge(
        {"base": seeds(*BASE), "up": backward}, "base", STANDARD
    )


def test_seeds_are_paired_by_their_number_and_not_by_their_place():
    up = judge({"base": seeds(*BASE), "up": {4: 0.945, 0: 0.95}}, "base", STANDARD)["up"]

    assert up.mean == 0


def test_many_mechanisms_make_each_find_harder():
    close = moved(0.0026)
    alone = judge({"base": seeds(*BASE), "close": close}, "base", STANDARD)["close"]
    crowd = {f"other {i}": moved(0) for i in range(9)}

    among = judge({"base": seeds(*BASE), "close": close} | crowd, "base", STANDARD)["close"]

    assert among.p == alone.p
    assert among.p_holm == pytest.approx(10 * alone.p)
    assert alone.verdict == "better"
    assert among.verdict == "equivalent"


def test_a_detected_difference_is_not_hidden_by_being_small():
    found = judge({"base": seeds(*BASE), "up": moved(0.005)}, "base", STANDARD)["up"]

    assert found.p_equivalence < 0.05
    assert found.verdict == "better"


def test_where_13_mechanisms_could_never_be_told_apart_by_flips_the_t_test_is_used():
    many = {f"m{i}": seeds(*(0.9 + 0.001 * i * j for j in range(8))) for i in range(13)}
    base = {"base": seeds(*([0.9] * 8))}

    alone = judge(base | {"m1": many["m1"]}, "base", STANDARD)["m1"]
    crowd = judge(base | many, "base", STANDARD)["m1"]

    assert (alone.test, crowd.test) == ("exact sign-flip test", "paired t-test")


# failures


@pytest.mark.parametrize(
    ("by", "whole", "broken"), [(0.03, "better", "undecided"), (0, "equivalent", "undecided")]
)
def test_a_mechanism_with_a_failure_is_never_better_or_equivalent(by, whole, broken):
    fails = moved(by) | {3: None}

    assert verdicts({"m": moved(by)}) == {"m": whole}
    assert verdicts({"m": fails}) == {"m": broken}


def test_it_can_be_worse_by_the_seeds_that_finished():
    assert verdicts({"m": moved(-0.03) | {3: None}}) == {"m": "worse"}


def test_a_failure_of_the_baseline_ends_its_pairs_with_everyone():
    scores = {"base": seeds(*BASE) | {1: None}, "up": moved(0.03), "same": moved(0)}

    judged = judge(scores, "base", STANDARD)

    assert {difference.pairs for difference in judged.values()} == {4}
    assert judged["up"].verdict == "better"
    assert judged["same"].verdict == "undecided"


def test_pairs_are_lost_on_either_side():
    scores = {"base": seeds(*BASE) | {1: None}, "up": moved(0.03) | {2: None}}

    assert judge(scores, "base", STANDARD)["up"].pairs == 3


def test_where_all_runs_failed_nothing_is_decided():
    none = dict.fromkeys(range(5))

    found = judge({"base": seeds(*BASE), "none": none, "up": moved(0.03)}, "base", STANDARD)

    assert (found["none"].pairs, found["none"].mean, found["none"].p_holm) == (0, None, None)
    assert found["none"].verdict == "undecided"
    # what could not be tested does not count as a test
    assert found["up"].p_holm == found["up"].p


def test_where_the_baseline_failed_nothing_is_decided():
    found = verdicts({"base": dict.fromkeys(range(5)), "up": moved(0.03)})

    assert found == {"up": "undecided"}


def test_leaving_failures_out_of_the_verdict_would_be_caught():
    """The planted fault: a mean over survivors, judged as if all had finished."""
    survivors = {seed: score for seed, score in moved(0.03).items() if seed != 3}

    assert verdicts({"m": survivors}) == {"m": "better"}
    assert verdicts({"m": survivors | {3: None}}) == {"m": "undecided"}


# levels


def test_among_equal_mechanisms_a_false_verdict_is_as_rare_as_the_level():
    rng = np.random.default_rng(0)
    rows = []
    for _ in range(200):
        drawn = {f"m{i}": seeds(*rng.normal(0.9, 0.02, 5)) for i in range(8)}
        judged = judge(drawn, "m0", STANDARD)
        rows.append([difference.verdict for difference in judged.values()])

    assert np.mean([{"better", "worse"} & {*row} != set() for row in rows]) < 0.08


def test_among_mechanisms_at_the_margin_a_false_equivalence_is_as_rare_as_the_level():
    rng = np.random.default_rng(0)
    found = []
    for _ in range(200):
        base = rng.normal(0.9, 0.003, 5)
        drawn = {f"m{i}": seeds(*rng.normal(0.9 + STANDARD.margin, 0.003, 5)) for i in range(5)}
        judged = judge({"base": seeds(*base)} | drawn, "base", STANDARD)
        found.append(any(difference.verdict == "equivalent" for difference in judged.values()))

    assert np.mean(found) < 0.08


# chance


def at(chance):
    return Standard(margin=0.01, level=0.05, resolution=1 / 1000, chance=chance)


def test_nothing_is_equivalent_to_a_baseline_that_is_not_shown_to_beat_chance():
    same = {"same": moved(0), "down": moved(-0.03)}

    assert verdicts(same, at(0.5)) == {"same": "equivalent", "down": "worse"}
    assert verdicts(same, at(0.95)) == {"same": "undecided", "down": "worse"}
    # guessing itself is within the margin of such a baseline
    assert verdicts(same, at(0.945)) == {"same": "undecided", "down": "worse"}


def test_above_chance_is_a_one_sided_test_of_more_than_the_margin():
    p = above_chance(seeds(*BASE), at(0.93))

    assert p == pytest.approx(stats.ttest_1samp(BASE, 0.94, alternative="greater").pvalue)
    assert above_chance(seeds(0.9), at(0.5)) is None
    assert above_chance(seeds(None, 0.9), at(0.5)) is None


# intervals


def interval_of(scores, label, standard=STANDARD):
    return judge({"base": seeds(*BASE)} | scores, "base", standard)[label].interval


def test_an_undecided_difference_never_stands_beside_an_interval_without_zero():
    """The fault that was complained of: +14.0 to +50.4 by an interval for one mechanism alone, and undecided
    among nine."""
    wide = seeds(0.1, 0.4, 0.6, 0.2, 0.5)
    base = seeds(0.05, 0.01, 0.03, 0.02, 0.04)
    others = {f"m{i}": base for i in range(8)}

    alone = judge({"base": base, "wide": wide}, "base", STANDARD)["wide"]
    among = judge({"base": base, "wide": wide} | others, "base", STANDARD)["wide"]

    assert (alone.verdict, among.verdict) == ("better", "undecided")
    assert alone.interval[0] > 0
    assert among.interval[0] < 0 < among.interval[1]
    assert among.confidence == pytest.approx(1 - 0.05 / 9)


@pytest.mark.parametrize("pairs", [5, 8, 12, 16])
def test_intervals_agree_with_verdicts_by_t_tests_and_by_flips_of_signs(pairs):
    rng = np.random.default_rng(pairs)
    for _ in range(20):
        scores = {f"m{i}": seeds(*rng.normal(0.9 + 0.004 * i, 0.01, pairs)) for i in range(4)}
        for found in judge(scores, "m0", STANDARD).values():
            low, high = found.interval
            assert (found.verdict == "better") == (low > 0 and found.verdict != "equivalent")
            assert (found.verdict == "worse") == (high < 0 and found.verdict != "equivalent")
            assert (found.verdict == "equivalent") == (low > -0.01 and high < 0.01 and not found.found)


def test_where_runs_failed_the_interval_is_open_on_the_side_that_survivors_flatter():
    fails = moved(0.03) | {3: None}

    assert interval_of({"m": fails}, "m")[0] == -1
    assert interval_of({"m": fails}, "m")[1] < 0.04


def test_nothing_is_worse_than_a_baseline_that_failed_in_some_seeds():
    scores = {"base": seeds(*BASE) | {1: None}, "down": moved(-0.03)}

    found = judge(scores, "base", STANDARD)["down"]

    assert (found.verdict, found.interval[1]) == ("undecided", 1.0)


# looks


def in_looks(scores, looks=(5, 8, 12, 20)):
    return judge(scores, "base", Standard(margin=0.01, level=0.05, resolution=1 / 1000, looks=looks))


def test_what_a_look_decides_stays_decided_by_the_seeds_up_to_it():
    rng = np.random.default_rng(0)
    base = rng.normal(0.9, 0.002, 12)
    scores = {"base": seeds(*base), "up": seeds(*(base[:5] + 0.1)), "near": seeds(*(base + 0.008))}

    found = in_looks(scores | {"near": seeds(*(base + rng.normal(0.005, 0.01, 12)))})

    assert (found["up"].verdict, found["up"].decided_at, found["up"].pairs) == ("better", 5, 5)
    assert (found["near"].verdict, found["near"].decided_at, found["near"].pairs) == ("undecided", None, 12)
    assert found["near"].seeds_needed > 12


def test_a_look_has_less_of_the_level_than_a_comparison_without_further_looks():
    alone = judge({"base": seeds(*BASE), "up": moved(0.0019)}, "base", STANDARD)["up"]
    first = in_looks({"base": seeds(*BASE), "up": moved(0.0019)})["up"]

    assert alone.p < 0.05 < first.p
    assert first.interval[0] < alone.interval[0]
