"""The description of a comparison: its identity, and what it refuses."""

import dataclasses
import json

import pytest
import random_search

from regard.comparison import Comparison
from regard.configuration.configuration import configure
from regard.core.entry import Entry
from regard.core.errors import InvalidOption, RegardError, UnknownName
from regard.core.settings import ModelSettings
from regard.core.spec import Spec

SOFTMAX, LINEAR, UNIFORM = (Entry((Spec.of(name),)) for name in ("softmax", "linear", "uniform"))


def test_a_comparison_comes_back_from_json_as_it_was(make):
    comparison = make(
        entries=(SOFTMAX, Entry((Spec.of("linformer", rank=4),))), optimizer=Spec.of("adamw", beta2=0.98)
    )

    again = Comparison.from_json(json.loads(json.dumps(comparison.to_json())))

    assert again == comparison
    assert again.digest == comparison.digest


NORMED = Entry.of(SOFTMAX.mechanisms, qk_norm="rms")


def test_an_entry_with_settings_of_its_own_comes_back_from_json_as_it_was(make):
    comparison = make(entries=(SOFTMAX, NORMED, Entry.of(LINEAR.mechanisms, key_heads=None, heads=4)))

    again = Comparison.from_json(json.loads(json.dumps(comparison.to_json())))

    assert again == comparison
    assert again.digest == comparison.digest != make().digest


def test_an_entry_is_called_by_what_differs_from_the_models_of_the_others(make):
    hybrid = (Spec.of("linformer", rank=4), Spec.of("softmax"))
    own = {"layers": 2, "absent": "", "output_gate": True}
    comparison = make(
        model=ModelSettings(layers=1, absent="o"), entries=(SOFTMAX, NORMED, Entry.of(hybrid, own))
    )

    assert comparison.labels == [
        "softmax",
        "linformer(rank=4)+softmax[absent='', layers=2, output_gate=True]",
        "softmax[qk_norm=rms]",
    ]


def test_a_setting_that_is_the_comparisons_own_is_none_of_the_entry(make):
    model = ModelSettings(layers=1, features=16, heads=2, hidden=16, qk_norm="rms")

    comparison = make(model=model, entries=(NORMED, Entry.of(SOFTMAX.mechanisms, qk_norm="none", heads=2)))

    assert comparison.labels == ["softmax", "softmax[qk_norm=none]"]
    assert comparison == make(model=model, entries=(SOFTMAX, Entry.of(SOFTMAX.mechanisms, qk_norm="none")))


def test_the_run_of_an_entry_has_its_settings_and_else_the_comparisons(make):
    comparison = make(entries=(SOFTMAX, NORMED))

    run = comparison.run(NORMED, 0.003, 4)

    plain = comparison.run(SOFTMAX, 0.003, 4)
    assert run == dataclasses.replace(plain, model=dataclasses.replace(comparison.model, qk_norm="rms"))
    assert [comparison.entry_of(each) for each in (run, plain)] == [NORMED, SOFTMAX]


def test_the_baseline_is_softmax_or_else_the_first_entry(make):
    gated = Entry.of(LINEAR.mechanisms, output_gate=True)

    assert make(entries=(UNIFORM, SOFTMAX)).baseline == "softmax"
    assert make(entries=(UNIFORM, LINEAR)).labels == ["uniform", "linear"]
    assert make(entries=(gated, LINEAR)).labels == ["linear[output_gate=True]", "linear"]
    assert make(entries=(LINEAR, gated)).digest != make(entries=(gated, LINEAR)).digest


def test_the_order_of_mechanisms_and_values_says_nothing(make):
    one = make(entries=(SOFTMAX, LINEAR, UNIFORM), grid=(1e-3, 3e-3))
    other = make(entries=(UNIFORM, SOFTMAX, LINEAR), grid=(3e-3, 1e-3))

    assert one == other
    assert one.digest == other.digest
    assert one.labels == ["softmax", "linear", "uniform"]


@pytest.mark.parametrize(
    "change",
    [
        {"seeds": 6},
        {"first_seed": 1},
        {"margin": 0.02},
        {"level": 0.01},
        {"grid": (1e-3,)},
        {"baseline": "linear"},
        {"task": Spec.of("digits", shift=0)},
        {"entries": (SOFTMAX, LINEAR)},
        {"entries": (SOFTMAX, LINEAR, Entry.of(UNIFORM.mechanisms, heads=1))},
        {"optimizer": Spec.of("adamw", beta2=0.98)},
    ],
)
def test_whatever_changes_makes_another_comparison(make, change):
    assert make(**change).digest != make().digest


def test_the_grid_is_that_of_the_optimizer_unless_another_is_said():
    comparison = Comparison(task=Spec.of("digits"), entries=(SOFTMAX, LINEAR))

    assert list(comparison.grid) == configure(["task=digits"]).comparison["grid"] == [1e-3, 3e-3, 1e-2]


def test_runs_differ_in_mechanism_tuned_setting_and_seed_only(make):
    comparison = make(optimizer=Spec.of("adamw", beta2=0.98, rate=1.0))

    run = comparison.run(LINEAR, 0.003, 4).to_json()

    assert run["optimizer"]["options"] == {"beta2": 0.98, "rate": 0.003}
    assert run == comparison.run(SOFTMAX, 0.001, 0).to_json() | {
        "mechanisms": [{"name": "linear", "options": {}}],
        "optimizer": run["optimizer"],
        "seed": 4,
    }


def test_the_tuned_setting_of_the_optimizer_says_nothing_as_the_grid_replaces_it(make):
    assert make(optimizer=Spec.of("adamw", rate=1.0)).digest == make(optimizer=Spec.of("adamw")).digest


@pytest.mark.parametrize(
    ("change", "error", "says"),
    [
        ({"baseline": "softmx"}, UnknownName, "Did you mean 'softmax'"),
        ({"entries": (SOFTMAX, LINEAR, SOFTMAX)}, InvalidOption, "mechanism softmax is given twice"),
        ({"entries": (SOFTMAX, NORMED, NORMED)}, InvalidOption, "softmax.qk_norm=rms. is given twice"),
        ({"entries": (SOFTMAX, Entry.of(SOFTMAX.mechanisms, heads=2))}, InvalidOption, "softmax is given"),
        ({"entries": (SOFTMAX, Entry.of(SOFTMAX.mechanisms * 3, layers=2))}, InvalidOption, "for 2 layers"),
        ({"entries": (SOFTMAX.mechanisms, LINEAR.mechanisms)}, InvalidOption, "entries cannot hold"),
        ({"entries": (SOFTMAX,)}, InvalidOption, "beside the baseline"),
        (
            {"entries": (SOFTMAX, Entry(SOFTMAX.mechanisms * 3))},
            InvalidOption,
            "3 mechanisms were given for 1 layers",
        ),
        ({"entries": ()}, UnknownName, "not among the mechanisms"),
        ({"seeds": 2}, InvalidOption, "at least 3 seeds, not 2"),
        ({"seeds": "5"}, InvalidOption, "seeds cannot be '5'. Write a number, auto"),
        ({"seeds": True}, InvalidOption, "seeds cannot be True"),
        ({"first_seed": -1}, InvalidOption, "must not be negative"),
        ({"grid": []}, InvalidOption, "one or more positive"),
        ({"grid": (0.001, -1)}, InvalidOption, "one or more positive"),
        ({"grid": (float("nan"),)}, InvalidOption, "one or more positive"),
        ({"grid": (float("inf"),)}, InvalidOption, "one or more positive"),
        ({"grid": (0.001, 1e-3)}, InvalidOption, "rate 0.001 is given twice"),
        ({"grid": 0.001}, InvalidOption, "grid cannot be 0.001. Give numbers in brackets"),
        ({"grid": "abc"}, InvalidOption, "grid cannot be 'abc'"),
        ({"grid": None}, InvalidOption, "grid cannot be None"),
        ({"margin": 0.0}, InvalidOption, "margin must lie between 0 and 1"),
        ({"margin": float("nan")}, InvalidOption, "margin must lie between 0 and 1"),
        ({"margin": None}, InvalidOption, "margin cannot be None"),
        ({"level": 1.0}, InvalidOption, "level must lie between 0 and 1"),
    ],
)
def test_what_cannot_be_compared_is_refused_in_one_line(make, change, error, says):
    with pytest.raises(error, match=says) as refusal:
        make(**change)

    assert isinstance(refusal.value, RegardError)
    assert "\n" not in str(refusal.value)


def test_the_grid_is_of_the_setting_that_the_optimizer_names(make):
    search = Spec.of(f"{random_search.__file__}:RandomSearch", sigma=1.0)
    named, said = make(optimizer=search, grid=()), make(optimizer=search, grid=(0.5, 0.1))

    assert named.tuned == said.tuned == "sigma"
    assert named.grid == (0.003, 0.01, 0.03)
    assert said.run(LINEAR, 0.5, 0).optimizer.settings == {"sigma": 0.5}
    assert named.run(LINEAR, 0.01, 0).optimizer.settings == {"sigma": 0.01}


def test_a_repeated_value_is_named_by_the_tuned_setting(make):
    search = Spec.of(f"{random_search.__file__}:RandomSearch")
    with pytest.raises(InvalidOption, match=r"sigma 0\.1 is given twice"):
        make(optimizer=search, grid=(0.1, 0.1))


def test_the_objective_is_that_of_all_runs(make):
    smoothed = make(objective=Spec.of("cross_entropy", label_smoothing=0.1))

    assert smoothed.run(LINEAR, 0.003, 0).objective == smoothed.objective
    assert smoothed.digest != make().digest


def test_a_comparison_of_another_format_is_refused(make):
    with pytest.raises(InvalidOption, match="format 1"):
        Comparison.from_json({key: value for key, value in make().to_json().items() if key != "format"})
