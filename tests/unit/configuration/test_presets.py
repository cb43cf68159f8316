"""Bundles of overrides."""

import pytest

from regard.configuration import configure
from regard.core.errors import UnknownName
from regard.presets import preset, preset_names, reason

TRAININGS = [name for name in preset_names() if "task" in preset(name)]
"""The others describe searches."""


@pytest.mark.parametrize("name", TRAININGS)
def test_every_preset_describes_one_run_and_a_comparison(name):
    described = configure([f"+preset={name}"])

    assert described.run(0).optimizer.name == "pattern_search"
    assert described.run(0).training.batch >= described.run(0).task.settings["samples"]
    compared = configure([f"+preset={name}", "mechanism=softmax,linear"])
    assert compared.compared(compared.entries, 0).grid == (0.03, 0.1, 0.3)
    assert reason(name)


def test_what_is_said_beside_a_preset_replaces_what_it_says():
    run = configure(["task=copy", "+preset=pattern_search_train", "model.layers=1", "task.samples=300"]).run(
        0
    )

    assert (run.task.name, run.task.settings["samples"], run.model.layers, run.model.heads) == (
        "copy",
        300,
        1,
        4,
    )


def test_of_a_part_that_another_one_replaces_no_option_is_left():
    given = ["+preset=pattern_search_parity", "mechanism=softmax"]
    run = configure([*given, "optimizer=adamw"]).run(0)
    assert run.optimizer == configure(["task=membership", "optimizer=adamw"]).optimizer
    assert configure([*given, "task=copy"]).run(0).task.name == "copy"
    same = configure([*given, "optimizer=pattern_search", "optimizer.radius=0.1"]).run(0)
    assert same.optimizer.settings["radius"] == 0.1 and same.task == configure(given).run(0).task


def test_an_unknown_preset_suggests_the_nearest():
    with pytest.raises(UnknownName, match="Did you mean 'pattern_search_train'"):
        configure(["+preset=pattern_search_trane"])
