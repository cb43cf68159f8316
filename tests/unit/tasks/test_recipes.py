"""Recipes of the tasks."""

import shlex
from importlib import resources
from pathlib import Path

import pytest

from regard.configuration.configuration import configure
from regard.core.errors import UnknownName
from regard.recipes import recipe, variants
from regard.tasks import TASKS

ROOT = Path(__file__).parents[3]
ALL = [(name, variant) for name in TASKS.names() for variant in (None, *variants(name))]


def written_commands() -> list[list[str]]:
    """The overrides of every `regard train` and `regard compare` that the README and the results show."""
    pages = [ROOT / "README.md", ROOT / "docs" / "results.md"]
    pieces = [
        piece for page in pages for line in page.read_text("utf-8").splitlines() for piece in line.split("`")
    ]
    commands = [
        piece.strip() for piece in pieces if piece.strip().startswith(("regard train ", "regard compare "))
    ]
    return [[word for word in shlex.split(command, comments=True)[2:] if "=" in word] for command in commands]


@pytest.mark.parametrize(("name", "variant"), ALL)
def test_every_recipe_can_be_built(name, variant):
    configuration = configure([f"task={name}", *([f"recipe={variant}"] if variant else [])])
    TASKS.build(name, **configuration.task.settings)
    grid = configuration.comparison["grid"]
    assert configuration.optimizer.settings["rate"] in grid
    assert grid == sorted(set(grid))
    assert 0 < configuration.comparison["margin"] < 0.1


def test_every_recipe_belongs_to_a_task():
    files = resources.files("regard.recipes").iterdir()
    named = {file.name.partition(".")[0] for file in files if file.name.endswith(".yaml")}
    assert named == set(TASKS.names())


def test_a_variant_says_only_what_is_different():
    base, large = recipe("cifar10"), recipe("cifar10", "large")
    assert large["model"]["features"] != base["model"]["features"]
    assert large["optimizer"]["weight_decay"] == base["optimizer"]["weight_decay"]


def test_an_unknown_variant_is_refused_with_the_nearest():
    with pytest.raises(UnknownName, match=r"no recipe called 'larg'.*'large'"):
        configure(["task=cifar10", "recipe=larg"])


def test_overrides_win_over_the_variant():
    configuration = configure(["task=cifar10", "recipe=large", "model.layers=3"])
    assert configuration.model.layers == 3
    assert configuration.model.features == 192


@pytest.mark.parametrize("overrides", written_commands(), ids=" ".join)
def test_the_commands_in_the_pages_are_understood(overrides):
    configuration = configure([word for word in overrides if "path/to" not in word])
    assert configuration.task.name in TASKS.names()
