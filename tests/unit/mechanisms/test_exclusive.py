import pytest
import torch
from row_by_row import SIZE, drawn, exponential, masks, read_by_row, under
from torch.testing import assert_close

from regard.attention import Mask, Size
from regard.core.errors import UnsupportedUse
from regard.mechanisms.exclusive import Exclusive

PARTS = "causal", "keys", "window", "segments", "slopes", "table"


def without_own(read, v, real):
    """What is read less its part along the value of the query itself, number by number."""
    left = read.clone()
    for b, h, i in torch.cartesian_prod(*map(torch.arange, read.shape[:3])).tolist():
        if real[b, i]:
            own = v[b, h, i]
            left[b, h, i] -= (read[b, h, i] @ own) / (own @ own) * own
    return left


@under(*PARTS)
def test_what_is_read_loses_its_part_along_the_own_value(part):
    streams, mask = drawn(9), masks(*PARTS, n=9)[part]
    real = torch.ones(2, 9, dtype=torch.bool) if mask.keys is None else mask.keys

    expected = without_own(read_by_row(streams, mask, exponential), streams.v, real)

    assert_close(Exclusive(SIZE)(streams, mask), expected)


def test_what_is_left_is_orthogonal_to_the_own_value():
    streams = drawn(9)

    along = (Exclusive(SIZE)(streams, Mask(causal=True)) * streams.v).sum(-1)

    assert_close(along, torch.zeros_like(along))


def test_the_first_causal_query_reads_nothing():
    mixed = Exclusive(SIZE)(drawn(9), Mask(causal=True))

    assert_close(mixed[:, :, 0], torch.zeros_like(mixed[:, :, 0]))


def test_values_of_0_have_finite_gradients():
    streams = drawn(4).map(lambda each: torch.zeros_like(each).requires_grad_())

    Exclusive(SIZE)(streams, Mask()).sum().backward()

    assert all(each.grad.isfinite().all() for each in streams)


def test_a_group_of_queries_shares_the_value_that_is_taken_away():
    exclusive = Exclusive(Size(heads=2, key_heads=1, key_features=5, value_features=3, length=9))
    streams = drawn(9)
    shared = streams.replace(k=streams.k[:, :1], v=streams.v[:, :1])
    repeated = shared.map(lambda each: each.expand(-1, 2, -1, -1))

    assert_close(exclusive(shared, Mask()), Exclusive(SIZE)(repeated, Mask()))


def test_other_sequences_are_refused():
    with pytest.raises(UnsupportedUse, match="one sequence with itself"):
        Exclusive(SIZE)(drawn(4, 6), Mask())
