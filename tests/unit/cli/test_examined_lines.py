"""What is printed of the reading of a test split."""

from regard.cli.examination import chances, lines
from regard.tasks import TASKS

DETAILS = {
    "length 128/score": 0.5,
    "length 32/final": 0.25,
    "length 32/score": 0.75,
    "final": 0.9,
    "bits": 2.0,
}


def test_sets_are_in_the_order_of_their_numbers_and_chance_stands_beside_what_has_one():
    summary = {"details": DETAILS, "chances": {"final": 0.5, "length 128/score": 0.5}, "by_class": {}}
    assert [line.strip() for line in lines(summary)] == [
        "bits  2.0000",
        "final  0.9000  (chance 0.5000)",
        "length 32/score  0.7500",
        "length 32/final  0.2500",
        "length 128/score  0.5000  (chance 0.5000)",
    ]


def test_chances_are_those_that_the_task_knows():
    task = TASKS.build("state_tracking", group="Z3", samples=200, held_out=50, lengths=(32,))
    assert chances(task, {"length 32/score": 0.5, "length 32/final": 0.5, "length 32/loss": 1.0}) == {
        "length 32/score": 1 / 3,
        "length 32/final": 1 / 3,
    }
    assert chances(task, {}) == {}
