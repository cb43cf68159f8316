import copy
import json

import pytest
from synthetic import MECHANISMS, comparison

from regard.core.results import ComparisonResult
from regard.report.summary import conclude, listed

DOCUMENT = comparison("digits", MECHANISMS[:4], None)


@pytest.fixture
def said(tmp_path):
    def call(**verdicts):
        """The conclude to a document in which each mechanism has the given verdict, mean and interval."""
        document = copy.deepcopy(DOCUMENT)
        for row in document["rows"][1:]:
            verdict, mean, interval = verdicts.get(row["label"], ("worse", -0.05, [-0.06, -0.04]))
            row["mean"] = document["rows"][0]["mean"] + mean
            row["difference"] |= {"verdict": verdict, "mean": mean, "interval": interval}
        return told(document, tmp_path)

    return call


def told(document, tmp_path):
    path = tmp_path / "document.json"
    path.write_text(json.dumps(document))
    found = conclude(ComparisonResult.read(path))
    return " ".join([found.headline, *found.sentences])


def test_the_winner_is_named_with_both_scores(said):
    assert said(entmax=("better", 0.01, [0.005, 0.015])).startswith(
        "entmax (98.6\N{NO-BREAK SPACE}%) beats softmax"
    )


def test_several_winners_are_counted_and_the_highest_named(said):
    text = said(entmax=("better", 0.01, [0.005, 0.015]), top_k=("better", 0.02, [0.01, 0.03]))
    assert text.startswith("2 mechanisms beat softmax")
    assert "of them top_k (99.6\N{NO-BREAK SPACE}%) has the highest mean" in text


def test_where_none_wins_nothing_is_said_to_win(said):
    text = said()
    assert text.startswith("No mechanism was shown to beat softmax")
    assert "None counts as equivalent" in text
    assert " beats" not in text


def test_equivalent_ones_are_named_with_the_margin(said):
    assert "Equivalent to softmax, within ±1 point: top_k." in said(
        top_k=("equivalent", 0.001, [-0.002, 0.004])
    )


def test_what_cannot_be_decided_is_said_with_its_interval(said):
    text = said(sigmoid=("undecided", -0.004, [-0.018, 0.009]))
    assert "Undecided" in text
    assert "sigmoid (−1.8 to +0.9)" in text


def test_a_small_but_certain_difference_is_told_apart_from_a_large_one(said):
    text = said(sigmoid=("worse", -0.004, [-0.006, -0.002]))
    assert "Worse, though by less than 1 point: sigmoid (−0.4)." in text
    assert "Worse: entmax (−5.0) and top_k (−5.0)." in text


def test_seeds_tests_and_correction_are_named(said):
    text = said()
    assert "trained with 5 seeds, at the best of 3 values of the learning rate" in text
    assert "paired t-test" in text
    assert "Holm's correction over 3 mechanisms, level 0.05" in text


def test_failures_and_what_is_no_better_than_chance_are_told(tmp_path):
    document = copy.deepcopy(DOCUMENT)
    document["rows"][1] |= {"failures": 2}
    document["rows"][2] |= {"interval": [0.05, 0.2], "mean": 0.12, "p_chance": 0.3}
    document["left_out"] = [{"mechanism": "fourier", "reason": "It is not causal."}]
    text = told(document, tmp_path)
    assert "missing from the means: sigmoid (2 of 5)" in text
    assert "Not shown to beat chance (10.3\N{NO-BREAK SPACE}%) by more than 1 point: entmax" in text
    assert "Left out: fourier." in text


def test_without_a_baseline_nothing_is_judged(tmp_path):
    document = copy.deepcopy(DOCUMENT)
    document["rows"][0] |= {"mean": None, "interval": None}
    assert "nothing can be judged" in told(document, tmp_path)


@pytest.mark.parametrize(("words", "text"), [("", ""), ("a", "a"), ("ab", "a and b"), ("abc", "a, b and c")])
def test_words_are_listed_as_a_sentence_lists_them(words, text):
    assert listed(list(words)) == text
