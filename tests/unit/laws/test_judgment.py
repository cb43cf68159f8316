"""The judge: judgments on sound, unsound and crashing subjects, and nothing disturbed meanwhile."""

import math

import pytest
import torch
from number_laws import NUMBER_LAWS, Number, NumberSubject

from regard.core.errors import MissingFile
from regard.laws import Judgment
from regard.laws.judgment import describe_error
from regard.laws.trying import trying


class Crashing(Number):
    def half(self):
        raise ValueError("no idea how\nto halve")


class CrashingWhenAskedWhetherALawApplies(Number):
    @property
    def value(self):
        raise ValueError("no value")

    @value.setter
    def value(self, value):
        pass


class WithoutItsData(Number):
    def half(self):
        raise MissingFile("there is no file")


def judge(name, *subject, **options):
    return NUMBER_LAWS.judge(NumberSubject(*subject, options), name)


def test_a_law_that_is_kept_holds_with_its_figure():
    assert judge("even", Number, value=4) == Judgment("even", "holds", 0.0, 1e-6)


def test_a_law_that_does_not_apply_is_exempt_and_says_why():
    assert judge("small", Number, value=-1) == Judgment("small", "exempt", None, 11.0, "-1.0 is negative")


def test_a_broken_law_tells_the_worst_case_and_how_many_there_are():
    assert judge("even", Number, value=2.5) == Judgment(
        "even", "broken", 0.75, 1e-6, "minus half (and 1 more of 2 cases)"
    )


def test_a_crash_of_the_part_is_a_judgment_in_one_line_that_says_where():
    judgment = judge("even", Crashing)

    assert (judgment.outcome, judgment.figure) == ("broken", None)
    line = Crashing.half.__code__.co_firstlineno + 1
    assert judgment.note == f"ValueError: no idea how (test_judgment.py, line {line})"


def test_an_error_tells_what_was_tried_from_the_outside_in():
    with pytest.raises(ValueError) as caught, trying("in bfloat16"), trying("causal"):
        raise ValueError("no idea how\nto halve")

    assert describe_error(caught.value, Crashing).endswith(", in bfloat16, causal")
    assert describe_error(caught.value, Crashing).startswith("ValueError: no idea how (test_judgment.py")


def test_a_part_that_crashes_when_asked_whether_a_law_applies_breaks_it():
    judgment = judge("small", CrashingWhenAskedWhetherALawApplies)

    assert judgment.outcome == "broken"
    assert judgment.note.startswith("ValueError: no value (test_judgment.py, line ")


def test_missing_data_break_no_law_but_are_the_users_to_put_right():
    with pytest.raises(MissingFile, match="there is no file"):
        judge("even", WithoutItsData)


def test_a_figure_that_is_no_number_is_broken():
    judgment = judge("even", Number, value=math.nan)

    assert (judgment.outcome, judgment.figure) == ("broken", math.inf)


def test_judging_twice_gives_the_same_judgment_and_disturbs_no_random_numbers():
    torch.manual_seed(7)
    before = torch.get_rng_state()

    first, second = judge("small", Number), judge("small", Number)

    assert first == second
    assert first.figure % 1 > 0
    assert torch.equal(torch.get_rng_state(), before)
