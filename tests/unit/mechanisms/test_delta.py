import pytest
import torch
from row_by_row import collecting, drawn_for
from torch.autograd import grad

from regard.attention import Mask, Size, Streams
from regard.core.errors import UnsupportedUse
from regard.mechanisms.delta import Delta

SIZE = Size(heads=2, key_features=5, value_features=3, length=150)


def build():
    mechanism = Delta(SIZE)
    mechanism.forced_form = "chunked"
    return mechanism


def draw(n, *, seed=0, scale=1.0):
    """Queries, keys, values, and strengths that differ by position."""
    streams = drawn_for(Delta(SIZE), n, seed=seed)
    return collecting(streams.map(lambda each: scale * each))


def test_zero_keys_and_queries_give_finite_numbers_and_gradients():
    streams = draw(6)
    streams = collecting(streams.replace(q=0 * streams.q, k=0 * streams.k))

    out = build()(streams, Mask(causal=True))

    assert torch.equal(out, torch.zeros_like(out))
    assert all(slope.isfinite().all() for slope in grad(out.sum(), [*streams]))


def test_negative_eigenvalues_let_a_write_reflect_the_memory():
    """With no values, a strength of 2 turns the part along the key around; one of 1 removes it."""
    size = Size(heads=1, key_features=2, value_features=1, length=2)
    key = torch.tensor([10.0, -100.0]).view(1, 1, 1, 2)
    streams = Streams(q=key, k=key, v=torch.zeros(1, 1, 1, 1), beta=torch.full((1, 1, 1, 1), 100.0))
    along = []
    for negative in (False, True):
        mechanism = Delta(size, negative_eigenvalues=negative)
        state = torch.zeros(1, 1, 2, 1)
        state[0, 0, 0, 0] = 1.0
        out, _ = mechanism.extend(streams, Mask(causal=True, start=1), state)
        along.append(round(out.item(), 4))

    assert along == [0.0, -1.0]


@pytest.mark.parametrize("scale", [1.0, 64.0, 1e4])
def test_memory_and_gradients_stay_finite_in_long_sequences_of_any_scale(scale):
    streams = collecting(draw(1000, scale=scale).map(torch.Tensor.float))

    out = Delta(SIZE, negative_eigenvalues=True)(streams, Mask(causal=True))

    assert out.isfinite().all()
    assert all(slope.isfinite().all() for slope in grad(out.sum(), [*streams]))


def test_bfloat16_is_computed_in_float32():
    streams, mechanism = draw(1000).map(torch.Tensor.bfloat16), Delta(SIZE)
    exact = mechanism(streams.map(torch.Tensor.float), Mask(causal=True))

    assert torch.equal(mechanism(streams, Mask(causal=True)), exact.bfloat16())


def test_two_sequences_are_refused():
    with pytest.raises(UnsupportedUse, match="delta mixes one sequence with itself"):
        build()(drawn_for(Delta(SIZE), 5, 7))
