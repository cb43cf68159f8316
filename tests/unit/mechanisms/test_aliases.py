import pytest

from regard import list_mechanisms, list_objectives
from regard.core.errors import InvalidOption
from regard.mechanisms import ALIASES, alias_note, meant_by

PRIOR = {
    "adaptive",
    "adversarial",
    "axial",
    "bert",
    "co",
    "convolutional",
    "cross",
    "distillation",
    "frequency",
    "gated",
    "global",
    "graph",
    "hard",
    "hierarchical",
    "hybrid",
    "local",
    "memory",
    "multihead",
    "pooling",
    "self",
    "soft",
    "sparse",
    "transformer-xl",
}
"""The names of an earlier comparison, in which 13 of 23 were one function."""


def test_another_name_stands_for_one_of_the_catalog():
    assert meant_by("bert") == "softmax"
    assert alias_note("bert").startswith("'bert' is softmax here. ")


def test_all_that_stand_for_a_mechanism_stand_for_one_that_there_is():
    assert {alias.mechanism for alias in ALIASES.values()} - {None} <= set(list_mechanisms())


def test_every_name_of_the_prior_comparison_means_something():
    assert not PRIOR - {*ALIASES, *list_mechanisms()}


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
