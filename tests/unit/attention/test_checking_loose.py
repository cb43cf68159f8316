"""Tensors and modules that torch does not know of."""

import functools

import torch
from torch import nn

from regard.attention import Cost, Mechanism, Size, Traits
from regard.attention.checking.loose import loose


class Holder(Mechanism):
    """Whatever it is given lies somewhere in it."""

    traits = Traits(source="this test", time="n", memory="n")

    def forward(self, streams, mask):
        return streams.v

    def cost(self, n, m, mask=None):
        return Cost(matmul_flops=0, state_numbers=0)


def holding(**attributes):
    holder = Holder(Size(1, 2, 2, 4))
    for name, value in attributes.items():
        setattr(holder, name, value)
    return loose(holder)


def test_parameters_buffers_modules_and_plain_values_are_not_loose():
    held = nn.Parameter(torch.ones(1))

    assert holding(gain=held, layer=nn.Linear(1, 1), several=nn.ParameterList([torch.ones(1)]), rank=3) == {}
    # a second name of what is registered
    assert holding(gain=held, again=[held]) == {}


def test_what_lies_in_containers_objects_and_functions_is_found_with_the_way_to_it():
    tensor, layer = torch.ones(1), nn.Linear(1, 1)

    def closed():
        return layer

    found = holding(
        plain=tensor,
        listed=[tensor + 1],
        named={"deep": ({"er": tensor + 2},)},
        bound=functools.partial(torch.add, tensor + 3),
        remembered=lambda other=None, kept=tensor + 4: kept,
        closed=closed,
    )

    assert {"plain", "listed.0", "named.deep.0.er", "bound.0", "closed.0"} <= found.keys()


def test_what_an_attribute_of_the_class_holds_is_found():
    class Shared(Holder):
        table = torch.ones(3)

    assert list(loose(Shared(Size(1, 2, 2, 4)))) == ["Shared.table"]
