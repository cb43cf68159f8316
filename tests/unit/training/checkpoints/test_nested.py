import json

import pytest
import torch
from torch import nn

from regard.core.errors import RegardError
from regard.training.checkpoints.nested import flatten, restore

VALUES = [
    None,
    True,
    3,
    0.1,
    float("inf"),
    "text",
    [],
    {},
    (0.9, 0.999),
    [1, (2, [3])],
    {0: "integer keys", 1: {"nested": None}},
    {"tensor": "a dictionary with the marker's key"},
    {"dict": [1], "tuple": 2},
]


def through_json(value):
    tensors = {}
    text = json.dumps(flatten(value, "x", tensors))
    return restore(json.loads(text), {name: tensor.clone() for name, tensor in tensors.items()})


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_plain_values_come_back_as_they_were(value):
    back = through_json(value)

    assert back == value
    assert type(back) is type(value)


def test_tensors_come_back_from_any_depth():
    value = {0: {"step": torch.tensor(3.0), "history": [torch.arange(3), (torch.ones(2, 2), 5)]}}

    back = through_json(value)

    assert back[0]["step"] == 3
    assert torch.equal(back[0]["history"][0], torch.arange(3))
    assert torch.equal(back[0]["history"][1][0], torch.ones(2, 2))


@pytest.mark.parametrize(
    "kind",
    [
        lambda p: torch.optim.AdamW(p, lr=0.1, amsgrad=True),
        lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9),
        lambda p: torch.optim.LBFGS(p, lr=0.1),
        torch.optim.Rprop,
    ],
)
def test_an_optimizer_goes_on_exactly_from_its_packed_state(kind):
    def steps(layer, optimizer, count):
        def loss():
            optimizer.zero_grad()
            value = layer(torch.ones(2, 3)).square().sum()
            value.backward()
            return value

        for _ in range(count):
            optimizer.step(loss)

    torch.manual_seed(0)
    layer = nn.Linear(3, 2)
    other = nn.Linear(3, 2)
    first, second = kind(layer.parameters()), kind(other.parameters())
    steps(layer, first, 3)
    other.load_state_dict(layer.state_dict())
    second.load_state_dict(through_json(first.state_dict()))
    steps(layer, first, 2)
    steps(other, second, 2)

    assert torch.equal(layer.weight, other.weight)


@pytest.mark.parametrize("value", [object(), {1, 2}, 1j, print])
def test_what_is_not_data_is_refused_by_name(value):
    with pytest.raises(RegardError, match=f"deep/here/0 is a {type(value).__name__}"):
        flatten({"here": [value]}, "deep", {})
