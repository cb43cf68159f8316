"""The finding of a comparison in a sentence or two."""

import copy

import pytest
from synthetic import MECHANISMS, comparison

from regard.core.results import ComparisonResult
from regard.core.results.headline import headline
from regard.report.sections import ComparisonSection

DOCUMENT = comparison("digits", MECHANISMS[:3], None)
BETTER = {"test": "paired t-test", "verdict": "better", "pairs": 3, "mean": 0.4}


@pytest.fixture
def document():
    found = copy.deepcopy(DOCUMENT)
    for row in found["rows"]:
        row["p_chance"] = 0.001
    for row in found["rows"][1:]:
        row["difference"] |= {"verdict": "undecided", "mean": 0.0}
    return found


def said(document):
    return headline(ComparisonResult.from_json(document)).replace("\N{NO-BREAK SPACE}", " ")


def test_where_nobody_beats_chance_nothing_was_learned_and_nothing_is_as_good(document):
    for row in document["rows"]:
        row["p_chance"] = 0.4

    assert said(document) == (
        "Nothing was learned: no mechanism is shown to beat chance (10.3 %) by more than 1 point. "
        "Train longer."
    )


def test_a_baseline_at_chance_beside_a_mechanism_that_learned_is_said_to_be_there(document):
    document["rows"][0]["p_chance"] = 0.4
    document["rows"][1]["difference"]["verdict"] = "better"

    assert "softmax itself is not shown to beat chance (10.3 %)." in said(document)
    assert "Nothing was learned" not in said(document)


def test_who_is_worse_is_in_the_headline(document):
    document["rows"][2]["difference"] |= {"verdict": "worse", "mean": -0.248}

    assert said(document) == "No mechanism was shown to beat softmax (97.6 %); entmax (−24.8) is worse."


def test_the_largest_sure_difference_outside_the_training_distribution_is_in_the_headline(document):
    base, far, near = document["rows"]
    sets = {"length 32": (0.75, 0.8, 0.75), "length 64": (0.6, 1.0, 0.55), "length 128": (0.5, 1.0, 0.0)}
    document["task"]["chances"] = {"length 64": 0.5}
    for name, scores in sets.items():
        for row, score in zip((base, far, near), scores, strict=True):
            row.setdefault("beyond", []).append({"name": name, "mean": score})
    far["beyond"][0]["difference"] = BETTER | {"mean": 0.05}
    far["beyond"][1]["difference"] = BETTER
    far["beyond"][2]["difference"] = BETTER | {"verdict": "undecided", "mean": 0.5}
    near["beyond"][2]["difference"] = BETTER | {"verdict": "worse", "mean": -0.5}

    assert said(document).endswith(
        "Outside the training distribution, at length 64, sigmoid (100.0 %) beats softmax (60.0 %), "
        "where chance is 50.0 %."
    )


def test_where_nothing_is_sure_outside_nothing_is_said_of_it(document):
    for row in document["rows"]:
        row["beyond"] = [{"name": "length 64", "mean": 0.5}]

    assert "Outside" not in said(document)


def section(document, **changes):
    result = ComparisonResult.from_json(document | {"date": "2026-05-17"} | changes)
    return ComparisonSection(name="digits", plates={}, looks={}, exams=(), result=result, namesakes=True)


def test_comparisons_of_one_task_with_a_changed_file_are_told_apart(document):
    changed = copy.deepcopy(document)
    for each, content in ((document, "0123456789ab"), (changed, "ba9876543210")):
        each["rows"][1]["specs"] = [{"name": f"/home/mine.py:Mine@{content}", "options": {}}]

    before, after = section(document).subtitle, section(changed, digest="f" * 16).subtitle

    assert before.startswith("2026-05-17, regard 0.1.0, Mine 0123456789ab, comparison ")
    assert after == "2026-05-17, regard 0.1.0, Mine ba9876543210, comparison ffffffff"
