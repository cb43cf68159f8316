import pytest

from regard.core.errors import InvalidOption
from regard.core.settings import ModelSettings, TrainingSettings

IMPOSSIBLE = {
    "epochs": 0,
    "steps": 0,
    "batch": -1,
    "evaluate_every": 0,
    "patience": 0,
    "checkpoint_every": 0,
    "scheduled_sampling": -0.1,
    "ema": 0.0,
}


@pytest.mark.parametrize(("name", "value"), IMPOSSIBLE.items())
def test_an_impossible_value_is_refused_by_name(name, value):
    with pytest.raises(InvalidOption, match=rf"training\.{name} must be .*, not {value}"):
        TrainingSettings(**{name: value})


@pytest.mark.parametrize("name", ["scheduled_sampling", "ema"])
def test_not_a_number_is_refused(name):
    with pytest.raises(InvalidOption, match=name):
        TrainingSettings(**{name: float("nan")})


def test_an_average_that_never_changes_is_refused():
    with pytest.raises(InvalidOption, match=r"training\.ema must be a share between 0 and 1, not 1\.0"):
        TrainingSettings(ema=1)


def test_the_extremes_are_possible():
    assert TrainingSettings(epochs=1, steps=1, batch=1, scheduled_sampling=1.0).steps == 1


def test_absent_projections_have_one_order():
    assert ModelSettings(absent="oqq") == ModelSettings(absent="qo")


@pytest.mark.parametrize(
    ("name", "value"),
    {
        "layers": 0,
        "features": -1,
        "heads": 0,
        "key_heads": 0,
        "patch": 0,
        "convolution": -1,
        "dropout": 1.0,
    }.items(),
)
def test_an_impossible_model_is_refused_by_name(name, value):
    with pytest.raises(InvalidOption, match=rf"model\.{name} must be .*, not {value}"):
        ModelSettings(**{name: value})
