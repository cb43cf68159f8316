import dataclasses
import json

import pytest

from regard import ModelSettings, Run, Spec, TrainingSettings
from regard.core.errors import InvalidOption
from regard.core.settings import settings

RUN = Run(task=Spec.of("digits"), mechanisms=(Spec.of("linformer", rank=4),))


def test_a_run_survives_json():
    assert Run.from_json(json.loads(json.dumps(RUN.to_json()))) == RUN


def test_equal_runs_have_equal_digests():
    again = Run(task=Spec.of("digits"), mechanisms=(Spec.of("linformer", {"rank": 4}),))

    assert again.digest == RUN.digest


def test_the_digest_is_the_same_on_every_machine():
    # a stored project is found again by these digits: a change of them orphans every stored run
    assert RUN.digest == "6c2aaade47c4e6b9"


def test_a_setting_that_came_later_is_in_the_description_only_where_it_is_used():
    averaged = dataclasses.replace(RUN, training=TrainingSettings(ema=0.99))

    assert "ema" not in RUN.to_json()["training"]
    assert Run.from_json(json.loads(json.dumps(averaged.to_json()))) == averaged


@pytest.mark.parametrize(
    "change",
    [
        {"seed": 1},
        {"task": Spec.of("recall")},
        {"mechanisms": (Spec.of("linformer", rank=5),)},
        {"model": ModelSettings(layers=3)},
        {"training": TrainingSettings(epochs=3)},
        {"training": TrainingSettings(ema=0.99)},
        {"optimizer": Spec.of("adamw", rate=0.1)},
        {"objective": Spec.of("cross_entropy", label_smoothing=0.1)},
    ],
    ids=str,
)
def test_every_part_of_the_description_changes_the_digest(change):
    assert dataclasses.replace(RUN, **change).digest != RUN.digest


def test_the_order_of_options_does_not_change_a_spec():
    assert Spec.of("x", a=1, b=2) == Spec.of("x", {"b": 2}, a=1)


def test_specs_are_hashable_with_lists_in_them():
    assert len({Spec.of("x", sizes=[1, 2]), Spec.of("x", sizes=(1, 2))}) == 1


def test_mechanisms_that_do_not_match_the_layers_are_refused():
    with pytest.raises(InvalidOption, match="3 mechanisms were given for 2 layers"):
        Run(task=Spec.of("digits"), mechanisms=(Spec.of("softmax"),) * 3)


def test_an_unknown_setting_gets_the_nearest():
    with pytest.raises(InvalidOption, match=r"'training\.epoch'\. Did you mean 'epochs'"):
        settings(TrainingSettings, {"epoch": 3})


def test_a_setting_of_the_wrong_type_is_refused():
    with pytest.raises(InvalidOption, match=r"training\.epochs cannot be 'ten'"):
        settings(TrainingSettings, {"epochs": "ten"})


@pytest.mark.parametrize("found", [None, 1, 3])
def test_a_description_of_another_format_is_refused_in_one_line(found):
    other = {key: value for key, value in RUN.to_json().items() if key != "format"}
    other |= {} if found is None else {"format": found}

    with pytest.raises(InvalidOption, match=rf"format {found or 1}, .*reads format 2.*another folder\.$"):
        Run.from_json(other)
