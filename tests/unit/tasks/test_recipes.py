"""Recipes of the tasks."""

from importlib import resources

import pytest

from regard.cli.configuration import configure
from regard.core.catalogs import TASKS


@pytest.mark.parametrize("name", TASKS.names())
def test_every_task_has_a_recipe_that_can_be_built(name):
    configuration = configure([f"task={name}"])
    TASKS.build(name, **configuration.task.settings)
    rates = configuration.comparison["rates"]
    assert configuration.optimizer.settings["rate"] in rates
    assert rates == sorted(set(rates))
    assert 0 < configuration.comparison["margin"] < 0.1


def test_every_recipe_belongs_to_a_task():
    files = resources.files("regard.recipes").iterdir()
    named = {file.name.removesuffix(".yaml") for file in files if file.name.endswith(".yaml")}
    assert named == set(TASKS.names())
