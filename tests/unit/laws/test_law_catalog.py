"""The laws of one kind of subject, found in a folder."""

import pytest
from number_laws import NUMBER_LAWS, Number, NumberSubject

from regard.core.errors import InvalidOption, RegardError, UnknownName
from regard.laws import Judgment


class Unbuildable(Number):
    def __init__(self):
        raise KeyError("nowhere")


def test_a_subject_is_judged_by_every_law_of_its_folder():
    assert NUMBER_LAWS.names() == ["even", "small"]
    assert [judgment.law for judgment in NUMBER_LAWS.check(NumberSubject())] == ["even", "small"]


def test_an_unknown_law_suggests_the_nearest():
    with pytest.raises(UnknownName, match=r"There is no law called 'evn'\. Did you mean 'even'"):
        NUMBER_LAWS.judge(NumberSubject(), "evn")


def test_options_that_the_part_refuses_raise_before_any_judgment():
    with pytest.raises(InvalidOption, match="value cannot be 0"):
        NUMBER_LAWS.check(NumberSubject(Number, {"value": 0}))


def test_a_constructor_that_crashes_is_told_in_one_line():
    with pytest.raises(
        RegardError,
        match=r"^Unbuildable cannot be built: KeyError: 'nowhere' \(test_law_catalog.py, line \d+\)$",
    ):
        NUMBER_LAWS.check(NumberSubject(Unbuildable))


def test_a_subject_that_cannot_be_judged_is_exempt_from_every_law_for_one_reason():
    judgments = list(NUMBER_LAWS.exempt("it is not there"))

    assert judgments[1] == Judgment("small", "exempt", None, 11.0, "it is not there")
    assert [judgment.law for judgment in judgments] == NUMBER_LAWS.names()


def test_the_claims_that_laws_need_are_proven():
    assert NUMBER_LAWS.proven() == ["whole"]
