"""Every law of a task, over the whole catalog; and for every law a planted fault that it catches."""

import functools
import secrets

import pytest
import task_laws as laws
from faulty_tasks import FAULTS

from regard.core.catalogs import TASKS
from regard.core.spec import Spec
from regard.data.task import Task

VARIANTS = (
    *(Spec(name) for name in TASKS.names()),
    Spec.of("digits", shift=0, data_seed=3),
    Spec.of("recall", vocabulary=33, pairs=3, length=21, power=1.0, samples=200, held_out=50),
    Spec.of("arithmetic", digits=1),
    Spec.of("arithmetic", reverse=True),
    Spec.of("arithmetic", form="masked", data_seed=1),
    Spec.of("arithmetic", operation="subtraction"),
    Spec.of("arithmetic", operation="subtraction", reverse=True, form="masked"),
    Spec.of("arithmetic", operation="both", reverse=True),
)
"""Every task with its defaults, and some with other options."""

REFUSED = (
    (Spec.of("digits", shift=-1), "shift", "-1", "0 and 4"),
    (Spec.of("digits", shift=5), "shift", "5"),
    (Spec.of("recall", length=1), "16 tokens", "length is 1", "`length`"),
    (Spec.of("recall", pairs=40), "40 pairs", "at least 160 tokens", "length is 64", "`pairs`"),
    (Spec.of("recall", pairs=0), "pairs", "at least 1", "0"),
    (Spec.of("recall", pairs=-3), "pairs", "-3"),
    (Spec.of("recall", vocabulary=7), "at least 8", "7", "`vocabulary`"),
    (Spec.of("recall", vocabulary=-2), "-2", "`vocabulary`"),
    (Spec.of("recall", vocabulary=8), "too few", "22,000", "`vocabulary`"),
    (Spec.of("recall", samples=0), "samples", "at least 1"),
    (Spec.of("recall", held_out=0), "held_out", "at least 1"),
    (Spec.of("recall", power=0.0), "power", "0"),
    (Spec.of("recall", power=float("nan")), "power", "nan"),
    (Spec.of("recall", power=float("inf")), "power", "inf"),
    (Spec.of("recall", length=10**9), "1,000,000,000", "`length`"),
    (Spec.of("recall", vocabulary=10**9), "vocabulary", "1,000,000,000"),
    (Spec.of("arithmetic", digits=0), "digits", "1 and 9", "0"),
    (Spec.of("arithmetic", digits=10), "digits", "1 and 9", "10"),
    (Spec.of("arithmetic", digits=-1), "digits", "-1"),
    (Spec.of("arithmetic", samples=0), "samples", "100", "0"),
    (Spec.of("arithmetic", samples=10**9), "samples", "1,000,000,000"),
    (Spec.of("arithmetic", operation="division"), "operation", "division", "addition"),
    (Spec.of("arithmetic", form="diagonal"), "form", "diagonal", "masked"),
)


@functools.cache
def built(spec: Spec) -> Task:
    return fresh(spec)


def fresh(spec: Spec, **more: object) -> Task:
    return TASKS.build(spec.name, **(spec.settings | more))


def named(function: object) -> str:
    return function.__name__


@pytest.mark.parametrize("law", laws.LAWS_OF_A_TASK, ids=named)
@pytest.mark.parametrize("spec", VARIANTS, ids=str)
def test_every_task_obeys_every_law(spec, law):
    law(built(spec))


@pytest.mark.parametrize("spec", VARIANTS, ids=str)
def test_equal_options_give_equal_samples_and_another_seed_others(spec):
    laws.equal_options_give_equal_samples(functools.partial(fresh, spec))
    laws.another_seed_gives_other_samples(functools.partial(fresh, spec))


@pytest.mark.parametrize("spec, words", [(spec, words) for spec, *words in REFUSED], ids=str)
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
