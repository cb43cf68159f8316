import math
from typing import Any, Literal

import pytest

from regard.core.entry import Entry
from regard.core.errors import InvalidOption, RegardError
from regard.core.execution import Execution
from regard.core.run import Run
from regard.core.settings import ModelSettings, TrainingSettings
from regard.core.spec import Spec
from regard.core.values import fits, misfit, typed
from regard.optimizers import OPTIMIZERS

BEYOND = 2**63


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, BEYOND, -BEYOND - 1, [1.0, math.inf]])
@pytest.mark.parametrize("annotation", [float, int, Any, float | None, tuple[float, ...]])
def test_a_number_that_cannot_be_kept_fits_nowhere(value, annotation):
    assert not fits(value, annotation)


@pytest.mark.parametrize(("value", "annotation"), [(True, Literal[0, 1]), (1.0, Literal[1]), (1.0, int)])
def test_what_merely_equals_a_value_does_not_fit(value, annotation):
    assert not fits(value, annotation)


def test_a_generic_annotation_of_a_users_own_is_no_traceback():
    assert fits({"a": 1}, dict[str, int])
    assert not fits(3, dict[str, int])


@pytest.mark.parametrize(
    ("annotation", "value", "told"),
    [
        (int, "abc", "size cannot be 'abc'. Give a whole number."),
        (int, (1, 2), "size cannot be (1, 2). Give a whole number."),
        (float | None, "abc", "size cannot be 'abc'. Give a number, or null for none."),
        (
            tuple[int, ...],
            (64, "abc"),
            "size cannot hold 'abc'. Give whole numbers in brackets, such as [16,24].",
        ),
        (list[float], 3, "size cannot be 3. Give numbers in brackets, such as [0.001,0.01]."),
        (
            tuple[bool, ...],
            ("no",),
            "size cannot hold 'no'. Give true or false in brackets, such as [false,true].",
        ),
        (dict[str, int], 3, "size cannot be 3. Give a value of type dict[str, int]."),
        (Literal["rms", "none"], "rmx", "size cannot be 'rmx'. Did you mean 'rms'?"),
    ],
)
def test_a_value_that_does_not_fit_is_told_with_what_does_in_words(annotation, value, told):
    assert misfit("size", annotation, value) == told


def test_equal_numbers_have_one_form():
    assert str(typed(-0.0, float)) == "0.0"
    assert isinstance(typed(1, float | None), float)
    assert [str(value) for value in typed((1, -0.0), tuple[float, ...])] == ["1.0", "0.0"]


@pytest.mark.parametrize("value", [math.nan, math.inf, BEYOND, (1, math.nan), {"a": 1}, object()])
def test_a_spec_that_could_not_be_kept_is_not_born(value):
    with pytest.raises(InvalidOption, match="adamw: clip must be"):
        Spec.of("adamw", clip=value)


@pytest.mark.parametrize("clip", [math.inf, math.nan, 0.0, -1.0, 1e300])
def test_a_bound_that_bounds_nothing_is_refused(clip):
    with pytest.raises(RegardError, match="clip"):
        OPTIMIZERS.build("adamw", clip=clip)
    with pytest.raises(RegardError, match="clip"):
        OPTIMIZERS.find("adamw")(clip=clip)


@pytest.mark.parametrize(
    ("kind", "name", "value"),
    [
        (ModelSettings, "layers", 2.0),
        (ModelSettings, "layers", True),
        (ModelSettings, "layers", 100_000),
        (ModelSettings, "features", 10**9),
        (ModelSettings, "dropout", math.nan),
        (ModelSettings, "output_gate", 1),
        (ModelSettings, "qk_norm", "batch"),
        (TrainingSettings, "epochs", 3.0),
        (TrainingSettings, "epochs", 10**12),
        (TrainingSettings, "batch", 10**9),
        (TrainingSettings, "target", math.inf),
        (TrainingSettings, "steps", BEYOND),
    ],
)
def test_python_is_held_to_the_same_settings_as_the_command_line(kind, name, value):
    with pytest.raises(InvalidOption, match=name):
        kind(**{name: value})


def test_sizes_that_are_too_large_together_are_refused_in_one_line():
    with pytest.raises(InvalidOption, match="are built") as caught:
        ModelSettings(layers=1000, features=10**6, heads=1)

    assert "\n" not in str(caught.value)


def test_an_integer_that_stands_for_a_float_describes_the_same_run():
    whole, real = (
        Run(task=Spec("digits"), mechanisms=(Spec("softmax"),), model=ModelSettings(dropout=value))
        for value in (0, -0.0)
    )

    assert whole.digest == real.digest
    assert Entry.of([Spec("softmax")], dropout=0).to_json() == {
        "mechanisms": [{"name": "softmax", "options": {}}],
        "model": {"dropout": 0.0},
    }
    assert isinstance(Entry.of([Spec("softmax")], dropout=0).to_json()["model"]["dropout"], float)


@pytest.mark.parametrize("seed", [True, 1.0, -1, BEYOND, math.nan, "1"])
def test_a_seed_is_a_whole_number(seed):
    with pytest.raises(InvalidOption, match="seed"):
        Run(task=Spec("digits"), mechanisms=(Spec("softmax"),), seed=seed)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("seeds_at_once", 10**9),
        ("workers", 10**7),
        ("timeout_seconds", math.inf),
        ("timeout_seconds", math.nan),
        ("timeout_seconds", True),
    ],
)
def test_how_runs_are_carried_out_is_bounded_too(name, value):
    with pytest.raises(InvalidOption, match=name):
        Execution(**{name: value})
