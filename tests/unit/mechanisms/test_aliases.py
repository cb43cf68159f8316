import pytest

from regard import list_mechanisms, list_objectives
from regard.core.errors import InvalidOption
from regard.mechanisms import ALIASES, alias_note, meant_by


def test_another_name_stands_for_one_of_the_catalog():
    assert meant_by("bert") == "softmax"
    assert alias_note("bert").startswith("'bert' is softmax here. ")


def test_a_name_of_the_catalog_stands_for_itself():
    assert meant_by("softmax") == "softmax"
    assert alias_note("softmax") is None
    assert not set(ALIASES) & set(list_mechanisms())


@pytest.mark.parametrize("name", ["adversarial", "distillation"])
def test_an_objective_says_how_it_is_written(name):
    assert name in list_objectives()
    with pytest.raises(InvalidOption, match=f"objective={name}"):
        meant_by(name)


def test_every_note_is_a_sentence():
    assert all(alias.note.endswith(".") for alias in ALIASES.values())
