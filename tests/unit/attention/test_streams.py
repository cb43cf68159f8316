import copy

import pytest
import torch

from regard.attention import Init, Stream, Streams
from regard.attention.streams import declare
from regard.core.errors import InvalidOption


def test_streams_are_read_by_name_in_the_order_in_which_they_were_given():
    streams = Streams(q=1, v=2, gate=3)

    assert (streams.q, streams.v, streams.gate) == (1, 2, 3)
    assert streams.names == ("q", "v", "gate")
    assert list(streams) == [1, 2, 3]
    assert dict(streams.items()) == {"q": 1, "v": 2, "gate": 3}
    assert "gate" in streams
    assert "k" not in streams


def test_a_stream_that_is_not_there_is_named_beside_those_that_are():
    with pytest.raises(AttributeError, match="no stream 'beta' among q, k"):
        _ = Streams(q=1, k=2).beta


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"features": 1, "of": "values"}, "of cannot be 'values': choose queries or keys"),
        ({"features": 1, "shared": True, "grouped": True}, "shared by all heads or has one for each group"),
        ({"features": -1}, "features must not be negative, but are -1"),
    ],
)
def test_a_stream_that_cannot_be_is_refused(given, says):
    with pytest.raises(InvalidOption, match=says):
        Stream(**given)


def test_replacing_and_mapping_leave_the_given_streams_alone():
    streams = Streams(q=1, k=2)

    assert dict(streams.replace(k=5, v=6).items()) == {"q": 1, "k": 5, "v": 6}
    assert dict(streams.map(lambda entry: -entry).items()) == {"q": -1, "k": -2}
    assert dict(streams.items()) == {"q": 1, "k": 2}


def test_streams_can_be_copied():
    streams = Streams(q=torch.ones(2), v=torch.zeros(2))

    for twin in (copy.copy(streams), copy.deepcopy(streams)):
        assert twin.names == ("q", "v")
        assert torch.equal(twin.q, streams.q)


def test_tensors_are_shown_by_their_shapes():
    assert repr(Streams(q=torch.zeros(2, 3), k=4)) == "Streams(q=Tensor(2, 3), k=4)"


def test_a_plain_number_is_features_of_the_queries_for_q_and_of_the_keys_for_others():
    declared = declare(Streams(q=8, k=8, v=6, extra=1))

    assert declared.q == Stream(8, of="queries")
    assert {name: stream.of for name, stream in declared.items()} == {
        "q": "queries",
        "k": "keys",
        "v": "keys",
        "extra": "keys",
    }


def test_a_stream_in_full_is_taken_as_it_is():
    gate = Stream(3, of="queries", shared=True, init=Init(bias=1.0))

    assert declare(Streams(gate=gate)).gate is gate


@pytest.mark.parametrize("name", ["names", "items", "forward", "half"])
def test_a_name_that_means_something_else_is_refused(name):
    with pytest.raises(InvalidOption, match=f"A stream cannot be called '{name}'"):
        declare(Streams(**{name: 8}))


@pytest.mark.parametrize("entry", ["8", 2.5, None])
def test_what_is_neither_a_number_nor_a_stream_is_refused_in_one_line(entry):
    with pytest.raises(InvalidOption, match="The stream 'gate' cannot be declared as") as refusal:
        declare(Streams(gate=entry))

    assert "\n" not in str(refusal.value)
