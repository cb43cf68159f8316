"""The table of all that was read with the test split."""

import pytest

from regard.core.results import TaskFacts
from regard.pages.palette import styles
from regard.report.details import MechanismFigures, details, key_of

LOOK = styles([("softmax", "softmax")])["softmax"]
TRACKING = TaskFacts(
    name="tracking",
    metric="token accuracy",
    chance=0.5,
    ceiling=1.0,
    chances={"length 32": 0.25, "final": 0.125, "length 128/final": 0.0625},
    numbers=("bits",),
)


def table(found, task=TRACKING):
    figures = {key_of(name): value for name, value in found.items()}
    return details([MechanismFigures("softmax", LOOK, figures)], task)


def texts(line):
    return [text.replace("\N{NO-BREAK SPACE}", " ") for _, text in line.cells]


def test_several_sets_with_several_figures_are_a_row_each_in_the_order_of_their_numbers():
    names = ("score", "final", "length 128/score", "length 128/final", "length 32/score", "length 32/final")
    found = table(dict.fromkeys(names, 0.75))

    assert (found.corner, found.columns) == ("set", ("token accuracy", "final"))
    guesser, softmax = found.blocks
    assert [line.name for line in softmax.lines] == ["test split", "length 32", "length 128"]
    assert texts(softmax.lines[0]) == ["75.0 %", "75.0 %"]
    assert guesser.subject.name == "chance"
    assert [texts(line) for line in guesser.lines] == [
        ["50.0 %", "12.5 %"],
        ["25.0 %", "12.5 %"],
        ["–", "6.2 %"],
    ]


def test_sets_with_a_score_alone_stand_side_by_side():
    found = table({"score": 0.75, "length 32/score": 0.5, "length 128/score": 0.25})

    assert found.columns == ("test split", "length 32", "length 128")
    assert [line.name for line in found.blocks[0].lines] == ["chance", "softmax"]
    assert texts(found.blocks[0].lines[1]) == ["75.0 %", "50.0 %", "25.0 %"]


def test_shares_are_percentages_and_numbers_are_not():
    found = table({"score": 0.75, "top-5": 0.9, "bits": 0.9})

    assert found.columns == ("token accuracy", "bits", "top-5")
    assert texts(found.blocks[0].lines[1]) == ["75.0 %", "0.900", "90.0 %"]


def test_of_a_task_that_is_not_known_no_chance_is_told_and_no_share_is_guessed():
    found = table({"score": 0.75, "top-5": 0.9}, None)

    assert [(line.name, texts(line)) for line in found.blocks[0].lines] == [("softmax", ["75.0 %", "0.900"])]


@pytest.mark.parametrize("found", [{}, {"score": 0.75}])
def test_a_score_alone_needs_no_table(found):
    assert table(found) is None
