"""What is told of a run."""

import dataclasses
from typing import Any

from regard.commands.trained_run import TrainedRun, _chances
from regard.tasks import TASKS

DETAILS = {
    "length 128/score": 0.5,
    "length 32/final": 0.25,
    "length 32/score": 0.75,
    "final": 0.9,
    "bits": 2.0,
}


def told(**facts: Any) -> TrainedRun:
    usual = {field.name: None for field in dataclasses.fields(TrainedRun)}
    usual |= {"chance": 0.1, "ceiling": 1.0, "details": {}, "chances": {}, "by_class": {}}
    return TrainedRun(**(usual | facts))


def test_sets_are_in_the_order_of_their_numbers_and_chance_stands_beside_what_has_one():
    lines = str(told(details=DETAILS, chances={"final": 0.5, "length 128/score": 0.5})).splitlines()

    assert [line.strip() for line in lines[3:-1]] == [
        "bits  2.0000",
        "final  0.9000  (chance 0.5000)",
        "length 32/score  0.7500",
        "length 32/final  0.2500",
        "length 128/score  0.5000  (chance 0.5000)",
    ]


def test_of_many_classes_the_worst_are_told():
    lines = str(told(by_class={f"c{i}": i / 100 for i in range(20)})).splitlines()

    assert lines[3].strip() == "class c0  0.0000"
    assert lines[-2].strip() == "... and 8 classes that are better"


def test_chances_are_those_that_the_task_knows():
    task = TASKS.build("state_tracking", group="Z3", samples=200, held_out=50, lengths=(32,))
    assert _chances(task, {"length 32/score": 0.5, "length 32/final": 0.5, "length 32/loss": 1.0}) == {
        "length 32/score": 1 / 3,
        "length 32/final": 1 / 3,
    }
    assert _chances(task, {}) == {}
