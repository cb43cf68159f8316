import pytest
import torch
from row_by_row import (
    SIZE,
    counted_matmul_flops,
    drawn,
    masks,
    read_by_row,
    under,
)

from regard.attention import Mask, Streams
from regard.mechanisms.uniform import Uniform


def equal_shares(scores):
    return torch.full_like(scores, 1 / len(scores))


def read(streams):
    """What it reads of three streams: of a query its place, of a key its value."""
    return Streams(q=streams.q[..., :0], v=streams.v)


class DividesByLength(Uniform):
    """Planted: padding is not read, but counted."""

    def prepare(self, streams, mask):
        prepared = super().prepare(streams, mask)
        return prepared.replace(one=torch.ones_like(prepared.one))


@pytest.mark.parametrize("form", Uniform.forms)
@pytest.mark.parametrize("m", [1, 9, 14])
@under("causal", "keys", "start")
def test_it_is_the_mean_of_what_may_be_read(part, m, form):
    streams, mask = drawn(9, m), masks("causal", "keys", "start", n=9, m=m)[part]
    uniform = Uniform(SIZE)
    uniform.forced_form = form

    torch.testing.assert_close(uniform(read(streams), mask), read_by_row(streams, mask, equal_shares))


def test_counting_the_padding_is_caught():
    streams, mask = drawn(9), masks("keys", n=9)["keys"]
    expected = read_by_row(streams, mask, equal_shares)

    assert not torch.allclose(DividesByLength(SIZE)(read(streams), mask), expected)


def test_the_weights_are_those_means():
    streams, mask = drawn(9), masks("causal", "keys", n=9)["all"]
    uniform = Uniform(SIZE)

    torch.testing.assert_close(uniform.weights(read(streams), mask) @ streams.v, uniform(read(streams), mask))


def test_a_long_sequence_keeps_its_mean_in_half_precision():
    v = torch.ones(1, 2, 4096, 3, dtype=torch.bfloat16)

    assert torch.equal(Uniform(SIZE)(Streams(q=v[..., :0], v=v), Mask(causal=True)), v)


def test_it_multiplies_no_matrices():
    assert Uniform(SIZE).cost(6, 11).matmul_flops == counted_matmul_flops(Uniform(SIZE), 6, 11) == 0
