import math

import pytest
import torch
from row_by_row import collecting, drawn, in_pieces
from torch.autograd import grad, gradcheck
from torch.testing import assert_close
from torch.utils.flop_counter import FlopCounterMode

from regard.attention import Mask, Size, Streams
from regard.core.errors import InvalidOption
from regard.mechanisms.linear import Linear

SIZE = Size(heads=2, key_features=5, value_features=3, length=150)


def draw(n, m=None, **how):
    return collecting(drawn(n, m, size=SIZE, **how))


def phi(x):
    return x + 1 if x > 0 else math.exp(x)


def by_loops(streams, allowed):
    """Eq. 4 of the paper, number by number."""
    out = torch.zeros(*streams.q.shape[:3], streams.v.shape[3], dtype=torch.float64)
    q, k, v = (each.tolist() for each in streams)
    for b, h, i, e in ((*place,) for place in torch.ones(out.shape).nonzero().tolist()):
        weights = [
            sum(phi(x) * phi(y) for x, y in zip(q[b][h][i], key, strict=True)) if allowed(b, i, j) else 0.0
            for j, key in enumerate(k[b][h])
        ]
        read = sum(weight * value[e] for weight, value in zip(weights, v[b][h], strict=True))
        out[b, h, i, e] = read / sum(weights) if sum(weights) else 0.0
    return out


KEYS = torch.tensor(
    [[True, False, True, True, False, True, True], [False, False, True, True, True, True, False]]
)


@pytest.mark.parametrize("form", Linear.forms)
@pytest.mark.parametrize(
    ("mask", "allowed"),
    [
        (Mask(), lambda b, i, j: True),
        (Mask(causal=True), lambda b, i, j: j <= i),
        (Mask(keys=KEYS), lambda b, i, j: bool(KEYS[b, j])),
        (Mask(causal=True, keys=KEYS), lambda b, i, j: j <= i and bool(KEYS[b, j])),
    ],
    ids=["all", "causal", "padding", "causal and padding"],
)
def test_it_is_equation_4_number_by_number(mask, allowed, form):
    streams, linear = draw(7), Linear(SIZE)
    linear.forced_form = form

    out = linear(streams, mask)

    assert_close(out, by_loops(streams, allowed))
    assert_close(linear.weights(streams, mask) @ streams.v, out)


@pytest.mark.parametrize("form", Linear.forms)
@pytest.mark.parametrize("start", [0, 2])
@pytest.mark.parametrize(("n", "m"), [(5, 9), (9, 5), (1, 9), (9, 1)])
def test_queries_and_keys_may_differ_in_number_with_and_without_order(n, m, start, form):
    streams, linear = draw(n, m), Linear(SIZE)
    linear.forced_form = form

    assert_close(linear(streams), by_loops(streams, lambda b, i, j: True))
    ordered = by_loops(streams, lambda b, i, j: j <= start + i)
    assert_close(linear(streams, Mask(causal=True, start=start)), ordered)


@pytest.mark.parametrize("pieces", [[1] * 70, [64, 1, 5], [3, 67]])
@pytest.mark.parametrize("padded", [False, True])
def test_any_cut_into_pieces_is_all_at_once_with_gradients(padded, pieces):
    streams, linear = draw(70), Linear(SIZE)
    mask = Mask(causal=True, keys=(torch.arange(70) % 5 > 0).expand(2, 70) if padded else None)

    gone_on, at_once = in_pieces(linear, streams, pieces, mask), linear(streams, mask)

    assert_close(gone_on, at_once)
    direction = torch.randn_like(at_once)
    assert_close(grad(gone_on, [*streams], direction), grad(at_once, [*streams], direction))


def test_a_row_that_may_read_nothing_gives_0_and_padding_full_of_nan_reaches_nobody():
    q, k, v = drawn(7, size=SIZE)
    keys = torch.tensor([[False] * 7, [True] * 4 + [False] * 3])
    hidden = ~keys[:, None, :, None]
    streams = collecting(Streams(q=q, k=k.masked_fill(hidden, torch.nan), v=v.masked_fill(hidden, torch.nan)))

    out = Linear(SIZE)(streams, Mask(keys=keys))

    assert torch.equal(out[0], torch.zeros_like(out[0]))
    assert out.isfinite().all()
    assert all(slope.isfinite().all() for slope in grad(out.sum(), [*streams]))


@pytest.mark.parametrize("causal", [False, True])
def test_the_gradient_is_the_slope(causal):
    linear = Linear(SIZE)

    assert gradcheck(lambda *parts: linear(of(*parts), Mask(causal=causal)), [*draw(4)])


def of(q, k, v):
    return Streams(q=q, k=k, v=v)


@pytest.mark.parametrize("causal", [False, True])
def test_a_long_sequence_of_bfloat16_is_summed_in_float32(causal):
    streams = drawn(3000, size=SIZE).map(torch.Tensor.bfloat16)
    exact = Linear(SIZE)(streams.map(torch.Tensor.double), Mask(causal=causal))

    out = Linear(SIZE)(streams, Mask(causal=causal))

    assert out.dtype == torch.bfloat16
    # half a unit of bfloat16 is 2^-9: what rounding the result alone costs
    assert_close(out.double(), exact, rtol=2**-8, atol=1e-5)


def test_rows_of_the_weights_are_shares_at_every_scale_that_leaves_a_mass():
    weights = Linear(SIZE).weights(draw(9, scale=4.0), Mask(causal=True))

    assert weights.min() >= 0
    assert_close(weights.sum(-1), torch.ones(2, 2, 9, dtype=torch.float64))


def test_epsilon_is_the_least_mass():
    far, near, v = -100 * torch.ones(1, 1, 1, 5), torch.zeros(1, 1, 1, 5), torch.ones(1, 1, 1, 3)
    size = Size(1, 5, 3, 1)

    assert torch.equal(Linear(size)(of(far, far, v)), torch.zeros(1, 1, 1, 3))
    assert Linear(size, epsilon=0.5)(of(near, near, v)).eq(1).all()
    assert Linear(size, epsilon=50.0)(of(near, near, v)).allclose(torch.tensor(0.1))


@pytest.mark.parametrize("epsilon", [0.0, -1e-6, math.nan])
def test_an_epsilon_that_would_divide_by_nothing_is_refused(epsilon):
    with pytest.raises(InvalidOption, match=r"linear: epsilon must be positive"):
        Linear(SIZE, epsilon=epsilon)


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize(("n", "m"), [(50, 50), (70, 30)])
def test_the_formula_counts_the_matrix_products(n, m, causal):
    streams, mask = drawn(n, m, size=SIZE).map(lambda x: x[:1]), Mask(causal=causal)
    with FlopCounterMode(display=False) as counter:
        Linear(SIZE)(streams, mask)

    assert counter.get_total_flops() == Linear(SIZE).cost(n, m, mask).matmul_flops
