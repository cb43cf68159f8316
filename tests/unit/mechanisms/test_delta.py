import math

import pytest
import torch
from row_by_row import collecting, drawn_for, in_pieces
from torch.autograd import grad, gradcheck
from torch.testing import assert_close
from torch.utils.flop_counter import FlopCounterMode

from regard.attention import Mask, Size, Streams
from regard.attention.unit import SMALL
from regard.core.errors import UnsupportedUse
from regard.mechanisms.delta import Delta

SIZE = Size(heads=2, key_features=5, value_features=3, length=150)
KEYS = torch.tensor(
    [[True, False, True, True, False, True, True], [False, False, True, True, True, True, False]]
)


def build(form="chunked", **options):
    mechanism = Delta(SIZE, **options)
    mechanism.forced_form = form
    return mechanism


def draw(n, *, seed=0, scale=1.0):
    """Queries, keys, values, and strengths that differ by position."""
    streams = drawn_for(Delta(SIZE), n, seed=seed)
    return collecting(streams.map(lambda each: scale * each))


def unit(x):
    x = [value / (1 + math.exp(-value)) for value in x]
    length = math.sqrt(sum(value * value for value in x) + SMALL)
    return torch.tensor([value / length for value in x], dtype=torch.float64)


def by_loops(streams, *, causal, keys=None, largest=1.0):
    """The recurrence of section 2.2, position by position, with S as e x d."""
    q, k, v, strengths = streams
    out = torch.zeros(*q.shape[:3], v.shape[3], dtype=torch.float64)
    for b in range(2):
        for h in range(2):
            state = torch.zeros(3, 5, dtype=torch.float64)
            for i in range(k.shape[2]):
                beta = largest / (1 + (-strengths[b, h, i, 0]).exp())
                key = unit(k[b, h, i].tolist())
                if keys is None or keys[b, i]:
                    state = state @ (torch.eye(5) - beta * torch.outer(key, key))
                    state = state + beta * torch.outer(v[b, h, i], key)
                out[b, h, i] = state @ unit(q[b, h, i].tolist())
            if not causal:
                for i in range(k.shape[2]):
                    out[b, h, i] = state @ unit(q[b, h, i].tolist())
    return out


@pytest.mark.parametrize("form", Delta.forms)
@pytest.mark.parametrize("keys", [None, KEYS], ids=["all keys", "padding"])
@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("negative", [False, True])
def test_it_is_the_recurrence_position_by_position(negative, causal, keys, form):
    mechanism, streams = build(form, negative_eigenvalues=negative), draw(7)
    mask = Mask(causal=causal, keys=keys)

    out = mechanism(streams, mask)

    expected = by_loops(streams, causal=causal, keys=keys, largest=2.0 if negative else 1.0)
    assert_close(out, expected)
    assert_close(mechanism.weights(streams, mask) @ streams.v, out)


def test_long_sequences_are_the_recurrence_too():
    streams = draw(130)

    assert_close(build()(streams, Mask(causal=True)), by_loops(streams, causal=True))


@pytest.mark.parametrize("pieces", [[1] * 70, [64, 1, 5], [3, 67]])
@pytest.mark.parametrize("negative", [False, True])
def test_any_cut_into_pieces_is_all_at_once_with_gradients(negative, pieces):
    streams, mechanism = draw(70), Delta(SIZE, negative_eigenvalues=negative)
    mask = Mask(causal=True, keys=(torch.arange(70) % 5 > 0).expand(2, 70))

    gone_on, at_once = in_pieces(mechanism, streams, pieces, mask), mechanism(streams, mask)

    assert_close(gone_on, at_once)
    direction = torch.randn_like(at_once)
    assert_close(grad(gone_on, [*streams], direction), grad(at_once, [*streams], direction))


@pytest.mark.parametrize("causal", [False, True])
def test_the_gradient_is_the_slope(causal):
    mechanism = build()

    def mixed(q, k, v, beta):
        return mechanism(Streams(q=q, k=k, v=v, beta=beta), Mask(causal=causal))

    assert gradcheck(mixed, [*draw(4)])


def test_zero_keys_and_queries_give_finite_numbers_and_gradients():
    streams = draw(6)
    streams = collecting(streams.replace(q=0 * streams.q, k=0 * streams.k))

    out = build()(streams, Mask(causal=True))

    assert torch.equal(out, torch.zeros_like(out))
    assert all(slope.isfinite().all() for slope in grad(out.sum(), [*streams]))


def test_a_row_that_may_read_nothing_gives_0_and_padding_full_of_nan_reaches_nobody():
    streams = draw(7)
    keys = torch.tensor([[False] * 7, [True] * 4 + [False] * 3])
    hidden = ~keys[:, None, :, None]
    poisoned = collecting(streams.map(lambda each: each.masked_fill(hidden, torch.nan)).replace(q=streams.q))

    out = build()(poisoned, Mask(keys=keys))

    assert torch.equal(out[0], torch.zeros_like(out[0]))
    assert out.isfinite().all()
    assert all(slope.isfinite().all() for slope in grad(out.sum(), [*poisoned]))


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


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("n", [1, 50, 65, 150])
def test_the_formula_counts_the_matrix_products(n, causal):
    mechanism, mask = Delta(SIZE), Mask(causal=causal)
    with FlopCounterMode(display=False) as counter:
        mechanism(draw(n).map(lambda x: x[:1].detach()), mask)

    assert counter.get_total_flops() == mechanism.cost(n, n, mask).matmul_flops
