import pytest
import torch
from torch.testing import assert_close

from regard.attention.kernels.biased_exponentials import read, read_so_far, shares, with_masses


def draw(n, scale=1.0):
    rng = torch.Generator().manual_seed(0)
    w = torch.randn(n, n, generator=rng, dtype=torch.float64)
    k, v = torch.randn(2, 2, 3, n, 4, generator=rng, dtype=torch.float64)
    return w, scale * k, v


def by_pairs(w, k, v, allowed):
    """With a number for each pair and feature."""
    scores = w.unsqueeze(-1) + k.unsqueeze(2)
    scores = scores.masked_fill(~allowed.unsqueeze(-1), -torch.inf)
    return (scores.softmax(3) * v.unsqueeze(2)).sum(3)


@pytest.mark.parametrize("scale", [1.0, 100.0])
@pytest.mark.parametrize("n", [1, 2, 3, 8, 13])
def test_shares_are_a_softmax_for_each_pair_and_feature(n, scale):
    w, k, v = draw(n, scale)
    every = torch.ones(n, n, dtype=torch.bool)

    assert_close(shares(read(w, k, with_masses(v))), by_pairs(w, k, v, every))
    assert_close(shares(read_so_far(w, k, with_masses(v))), by_pairs(w, k, v, every.tril()))


def test_every_mass_is_that_of_the_largest_key_at_least():
    w, k, v = draw(13, 1000.0)

    read_mass = read_so_far(0 * w, k, with_masses(v)).chunk(2, -1)[1]

    assert read_mass.min() >= 1
