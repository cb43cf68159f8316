"""What comparisons find and how often they err, simulated with the code that judges real ones."""

import numpy as np
import pytest
from simulated_comparisons import MECHANISMS, SPREADS, equal, simulate

from regard.comparison.seeds import looks_of

LOOKS = looks_of("auto:20")
TWO_POINTS = (0.02, *[0.0] * (MECHANISMS - 2))
ROUNDS = 400
ALL_RUNS = MECHANISMS * LOOKS[-1]


def share(simulated, what):
    return float(np.mean([what(each) for each in simulated]))


def is_found(simulated):
    return simulated.found[0].verdict == "better"


@pytest.mark.parametrize("spread", ["equal", "unequal", "skewed"])
def test_a_comparison_in_looks_finds_nothing_where_nothing_is(spread):
    # a glance: 400 rounds are in the long tests
    assert share(simulate(15, SPREADS[spread], LOOKS), lambda each: each.false_find) <= 0.1


def test_a_comparison_in_looks_finds_two_points_with_fewer_runs_than_twenty_seeds_for_all():
    simulated = list(simulate(15, equal, LOOKS, TWO_POINTS))

    assert share(simulated, is_found) >= 0.8
    assert share(simulated, lambda each: each.runs) < ALL_RUNS


def test_every_interval_agrees_with_its_verdict():
    for simulated in simulate(12, equal, LOOKS, (0.02, 0.01, -0.02, *[0.0] * (MECHANISMS - 4))):
        for found in simulated.found:
            low, high = found.interval
            match found.verdict:
                case "better":
                    assert low > 0
                case "worse":
                    assert high < 0
                case "equivalent":
                    assert low > -0.01
                    assert high < 0.01
                case "undecided":
                    assert low <= 0 <= high
                    assert low <= -0.01 or high >= 0.01


@pytest.mark.long
@pytest.mark.parametrize("noise", SPREADS.values(), ids=SPREADS)
def test_false_finds_are_as_rare_as_the_level(noise):
    assert share(simulate(ROUNDS, noise, LOOKS), lambda each: each.false_find) <= 0.05


@pytest.mark.long
def test_false_finds_are_rare_where_some_mechanisms_differ_and_others_do_not():
    mixed = (0.02, 0.02, -0.02, 0.01, -0.01, 0.01, 0.0, 0.0, 0.0)

    assert share(simulate(ROUNDS, equal, LOOKS, mixed), lambda each: each.false_find) <= 0.05


@pytest.mark.long
def test_two_points_are_found_with_auto_and_seldom_with_five_seeds():
    found = {
        looks: share(simulate(ROUNDS, equal, looks, TWO_POINTS), is_found) for looks in ((5,), (10,), LOOKS)
    }

    # with a fixed number of seeds these are the figures that were complained of: 19 and 68 %
    assert found[5,] == pytest.approx(0.19, abs=0.05)
    assert found[10,] == pytest.approx(0.68, abs=0.06)
    assert found[LOOKS] >= 0.8
