import pytest

from regard.core.errors import InvalidOption
from regard.core.run import TrainingSettings
from regard.training.limits import refuse_impossible

IMPOSSIBLE = {
    "epochs": 0,
    "steps": 0,
    "batch": -1,
    "evaluate_every": 0,
    "patience": 0,
    "checkpoint_every": 0,
    "warmup": 1.5,
    "scheduled_sampling": -0.1,
    "label_smoothing": 1.0,
    "clip": 0.0,
}


@pytest.mark.parametrize(("name", "value"), IMPOSSIBLE.items())
def test_an_impossible_value_is_refused_by_name(name, value):
    with pytest.raises(InvalidOption, match=rf"training\.{name} must be .*, not {value}"):
        refuse_impossible(TrainingSettings(**{name: value}))


@pytest.mark.parametrize("name", ["warmup", "scheduled_sampling", "label_smoothing", "clip"])
def test_not_a_number_is_refused(name):
    with pytest.raises(InvalidOption, match=name):
        refuse_impossible(TrainingSettings(**{name: float("nan")}))


def test_the_extremes_are_possible():
    refuse_impossible(TrainingSettings())
    refuse_impossible(TrainingSettings(epochs=1, steps=1, batch=1, warmup=1.0, scheduled_sampling=1.0))
    refuse_impossible(TrainingSettings(warmup=0.0, clip=None, label_smoothing=0.99))
