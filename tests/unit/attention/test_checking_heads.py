"""Some heads of several, with all that is theirs."""

import pytest
import torch
from torch import nn

from regard.attention import Bias, Cost, Mask, Mechanism, Size, Stream, Streams, Traits
from regard.attention.checking.heads import mask_of, split_by_heads, state_of, streams_of, with_head
from regard.attention.checking.inputs import draw


class Shared(Mechanism):
    """One parameter has a part for each head, one is shared, and one stream is shared."""

    traits = Traits(source="this test", time="n", memory="n")

    def __init__(self, size):
        super().__init__(size)
        self.warmth = nn.Parameter(torch.arange(2.0 * size.h))
        self.common = nn.Parameter(torch.zeros(3))

    def streams(self):
        return Streams(q=self.size.d, v=self.size.e, gate=Stream(1, shared=True))

    def forward(self, streams, mask):
        raise NotImplementedError

    def cost(self, n, m, mask=None):
        return Cost(matmul_flops=0, state_numbers=0)


class Talking(Shared):
    def __init__(self, size):
        super().__init__(size)
        self.among = nn.Parameter(torch.eye(size.h))


def built(part, heads):
    return part(Size(heads=heads, key_features=4, value_features=3, length=5))


def test_streams_of_some_heads_keep_what_is_shared():
    mechanism = built(Shared, 3)
    streams = draw(mechanism)
    some = streams_of(mechanism, streams, [2, 2, 0])

    assert torch.equal(some.q, streams.q[:, [2, 2, 0]])
    assert some.gate is streams.gate


def test_one_head_is_exchanged_and_the_others_stay():
    mechanism = built(Shared, 3)
    streams, others = draw(mechanism), draw(mechanism, seed=1)
    exchanged = with_head(mechanism, streams, 1, others)

    assert torch.equal(exchanged.v[:, 1], others.v[:, 1])
    assert torch.equal(exchanged.v[:, [0, 2]], streams.v[:, [0, 2]])
    assert torch.equal(exchanged.gate, streams.gate)


def test_the_biases_of_some_heads_are_theirs():
    bias = Bias(slopes=torch.arange(3.0), table=torch.randn(3, 5), dense=torch.randn(2, 3, 5, 5))
    some = mask_of(Mask(causal=True, bias=bias), [2, 0])

    assert some.causal
    assert some.bias.slopes.tolist() == [2, 0]
    assert torch.equal(some.bias.table, bias.table[[2, 0]])
    assert torch.equal(some.bias.dense, bias.dense[:, [2, 0]])


def test_parameters_are_split_where_they_grow_with_the_heads():
    few, many = built(Shared, 2), built(Shared, 3)
    dimensions = split_by_heads(few, many)

    assert dimensions == {"warmth": 0, "common": None}
    assert state_of(many, dimensions, [2, 2])["warmth"].tolist() == [4, 5, 4, 5]
    assert state_of(many, dimensions, [2, 2])["common"].tolist() == [0, 0, 0]


@pytest.mark.parametrize("heads", [1, 3, 5])
def test_what_lies_between_heads_cannot_be_split(heads):
    assert split_by_heads(built(Talking, 2), built(Talking, heads)) is None
