"""Verdicts on sets outside the training distribution."""

import pytest

from regard.comparison.beyond import judge_beyond
from regard.comparison.standard import Standard

STANDARD = Standard(margin=0.01, level=0.05, resolution=0.001)
BASE = {0: 0.5, 1: 0.51, 2: 0.49}
FAR = {0: 0.99, 1: 0.98, 2: 1.0}


def judged(scores, standard=STANDARD):
    return judge_beyond(scores, "base", standard, dict.fromkeys(scores, 0.001))


def test_each_mechanism_is_judged_on_each_set():
    found = judged({"length 32": {"base": BASE, "far": FAR}, "length 64": {"base": BASE, "far": BASE}})

    assert [each.name for each in found["far"]] == ["length 32", "length 64"]
    assert [each.difference.verdict for each in found["far"]] == ["better", "undecided"]
    assert found["far"][0].difference.interval[0] > 0
    assert [each.difference for each in found["base"]] == [None, None]


def test_all_sets_and_mechanisms_are_one_family():
    near = {0: 0.53, 1: 0.55, 2: 0.53}
    alone = judged({"length 32": {"base": BASE, "near": near}})["near"][0].difference
    sets = {f"length {n}": {"base": BASE, "near": BASE} for n in range(64, 80)}

    among = judged({"length 32": {"base": BASE, "near": near}, **sets})["near"][0].difference

    assert among.p == alone.p
    assert among.p_holm == pytest.approx(17 * alone.p)


def test_with_failures_nothing_is_better():
    found = judged({"length 32": {"base": BASE, "far": FAR | {2: None}}})["far"][0].difference

    assert (found.verdict, found.interval) == ("undecided", None)


def test_the_p_of_a_mechanism_counts_the_looks():
    looks = Standard(margin=0.01, level=0.05, resolution=0.001, looks=(3, 5))
    five = BASE | {3: 0.5, 4: 0.5}
    scores = {"length 32": {"base": five, "far": FAR}}

    assert judged(scores, looks)["far"][0].difference.p > judged(scores)["far"][0].difference.p


def test_a_task_without_such_sets_has_none():
    assert judged({}) == {}
