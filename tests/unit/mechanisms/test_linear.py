import math

import pytest
import torch
from row_by_row import collecting, drawn
from torch.testing import assert_close

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
