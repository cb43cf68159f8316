"""How runs are carried out: checked where it is said, and no part of what is trained."""

import dataclasses

import pytest

from regard.core.errors import InvalidOption
from regard.core.execution import Execution
from regard.core.run import Run


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ({"device": "tpu"}, "There is no device 'tpu'"),
        ({"device": "gpu"}, "Did you mean 'cpu'"),
        ({"device": "cuda:x"}, "There is no device 'cuda:x'"),
        ({"device": "cuda:"}, "There is no device 'cuda:'"),
        ({"device": "auto:1"}, "There is no device 'auto:1'"),
        ({"workers": 0}, "execution.workers must be .* at least 1, not 0"),
        ({"workers": 1.5}, "execution.workers must be a whole number"),
        ({"workers": True}, "execution.workers must be a whole number"),
        ({"seeds_at_once": -1}, "execution.seeds_at_once must be .* at least 1, not -1"),
        ({"timeout_seconds": 0.0}, "execution.timeout_seconds must be above 0"),
        ({"timeout_seconds": -5.0}, "execution.timeout_seconds must be above 0"),
        ({"timeout_seconds": float("nan")}, "execution.timeout_seconds must be above 0"),
        ({"form": ""}, "execution.form must be auto or the name of a form"),
        ({"form": "two words"}, "execution.form must be auto or the name of a form"),
        ({"device": 0}, "execution.device must be a name, not 0"),
        ({"form": None}, "execution.form must be a name, not None"),
        ({"pool": "rays"}, "There is no pool called 'rays'. .*'ray'"),
    ],
)
def test_what_cannot_be_carried_out_is_refused_in_one_line(how, words):
    with pytest.raises(InvalidOption, match=words) as error:
        Execution(**how)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("device", ["auto", "cpu", "cuda", "cuda:1", "mps"])
def test_devices_are_taken_whether_or_not_they_are_there(device):
    assert Execution(device=device).device == device


def test_nothing_of_how_is_among_what_is_trained():
    how = {field.name for field in dataclasses.fields(Execution)}
    assert how.isdisjoint(field.name for field in dataclasses.fields(Run))
