"""What `regard settings` lists."""

import pytest

from regard.configuration import COMPARISON, configure
from regard.configuration.listing import settings_of
from regard.configuration.overrides import given
from regard.core.documentation import option_meaning
from regard.core.errors import InvalidOption
from regard.mechanisms import MECHANISMS
from regard.objectives import OBJECTIVES
from regard.optimizers import OPTIMIZERS
from regard.tasks import TASKS


def listed(*arguments: str) -> dict:
    return {setting.key: setting for setting in settings_of(arguments)}


@pytest.mark.parametrize(
    "catalog", [MECHANISMS, TASKS, OBJECTIVES, OPTIMIZERS], ids=lambda catalog: catalog.kind
)
def test_every_option_of_every_part_has_a_meaning(catalog):
    missing = [
        f"{name}.{option}"
        for name in catalog.names()
        for option in catalog.options(name)
        if not option_meaning(catalog.find(name), option)
    ]

    assert missing == []


def test_everything_that_can_be_set_is_listed_with_its_meaning():
    found = listed("task=digits", "mechanism=linformer")

    groups = {key.partition(".")[0] for key in found}
    assert groups == {"task", "mechanism", "model", "objective", "optimizer", "training", *COMPARISON}
    assert [key for key, setting in found.items() if not setting.meaning] == []
    keys = [key for key in found if key not in COMPARISON and not key.startswith("mechanism")]
    said = given({key: found[key].value for key in keys})
    assert configure(["task=digits", *said]).run(0) == configure(["task=digits"]).run(0)


def test_a_value_of_the_recipe_stands_beside_the_default_with_its_reason():
    setting = listed("task=digits")["training.evaluate_every"]

    assert (setting.value, setting.default, setting.of_recipe) == (400, None, True)
    assert "of many evaluations on only 180 images" in setting.reason
    assert listed("task=digits")["margin"].reason == "3.6 of the 359 test images"


def test_a_variant_and_what_is_said_are_in_the_values():
    found = listed("task=cifar10", "recipe=large", "model.heads=6")

    assert (found["model.layers"].value, found["model.heads"].value) == (8, 6)
    assert found["model.layers"].of_recipe
    assert not found["model.heads"].of_recipe


def test_a_task_that_needs_an_option_is_listed_without_it():
    assert listed("task=image_folder")["task.data"].meaning


def test_without_a_task_there_are_the_defaults():
    found = listed("optimizer=sgd")

    assert found["optimizer.momentum"].value == 0.9
    assert found["model.layers"].value == found["model.layers"].default
    assert not any(key.startswith("task") for key in found)
    with pytest.raises(InvalidOption, match="needs a task"):
        listed("model.layers=3")
