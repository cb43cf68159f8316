"""Every law of a task, over the whole catalog; and for every law a planted fault that it catches."""

import functools
import secrets

import pytest
import task_laws as laws
from faulty_tasks import FAULTS
from task_cases import built, case_of, fresh, look_up, refused, variants

from regard.core.spec import Spec
from regard.tasks import TASKS

VARIANTS = [each for name in TASKS.names() for each in variants(name)]
REFUSED = [each for name in TASKS.names() for each in refused(name)]


def named(function: object) -> str:
    return function.__name__


@pytest.mark.parametrize("spec", VARIANTS)
@pytest.mark.parametrize("law", laws.LAWS_OF_A_TASK, ids=named)
def test_every_task_obeys_every_law(spec, law):
    declared = (look_up(spec),) if law is laws.no_single_input_gives_the_answer_away else ()
    law(built(spec), *declared)


@pytest.mark.parametrize("spec", VARIANTS)
def test_equal_options_give_equal_samples_and_another_seed_others(spec):
    laws.equal_options_give_equal_samples(functools.partial(fresh, spec))
    fixed = getattr(case_of(spec.name), "FIXED", ())
    laws.another_seed_gives_other_samples(functools.partial(fresh, spec), fixed)


@pytest.mark.parametrize("spec, words", REFUSED)
def test_options_out_of_range_are_refused_in_one_line(spec, words):
    laws.is_refused_in_one_line(lambda: fresh(spec), *words)


@pytest.mark.parametrize(
    "law, plant", [(law, plant) for law in laws.LAWS_OF_A_TASK for plant in FAULTS[law]], ids=named
)
def test_every_law_catches_its_planted_faults(law, plant):
    with pytest.raises(AssertionError):
        law(plant())


def test_samples_drawn_anew_are_caught():
    with pytest.raises(AssertionError):
        laws.equal_options_give_equal_samples(
            lambda: fresh(Spec("recall"), data_seed=secrets.randbelow(2**40))
        )


def test_a_seed_without_effect_is_caught():
    with pytest.raises(AssertionError):
        laws.another_seed_gives_other_samples(lambda data_seed: fresh(Spec("recall")))


def test_an_option_that_nobody_checks_is_caught():
    with pytest.raises(pytest.fail.Exception):
        laws.is_refused_in_one_line(lambda: fresh(Spec("recall")))
