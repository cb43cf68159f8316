import math

import pytest
import torch
from torch.autograd import grad, gradcheck
from torch.testing import assert_close
from torch.utils.flop_counter import FlopCounterMode

from regard.attention import Mask, Size
from regard.core.errors import InvalidOption
from regard.mechanisms.linear import Linear

SIZE = Size(heads=2, key_features=5, value_features=3, length=150)


def draw(n, m=None, *, seed=0, scale=1.0):
    rng = torch.Generator().manual_seed(seed)
    sizes = [(n, 5), (m or n, 5), (m or n, 3)]
    return [
        (scale * torch.randn(2, 2, *s, generator=rng, dtype=torch.float64)).requires_grad_() for s in sizes
    ]


def phi(x):
    return x + 1 if x > 0 else math.exp(x)


def by_loops(q, k, v, allowed):
    """Eq. 4 of the paper, number by number."""
    out = torch.zeros(*q.shape[:3], v.shape[3], dtype=torch.float64)
    q, k, v = q.tolist(), k.tolist(), v.tolist()
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
def test_it_is_equation_4_number_by_number(mask, allowed):
    q, k, v = draw(7)

    out = Linear(SIZE)(q, k, v, mask)

    assert_close(out, by_loops(q, k, v, allowed))
    assert_close(Linear(SIZE).weights(q, k, mask) @ v, out)


def test_queries_and_keys_may_differ_in_number_with_and_without_order():
    for n, m in ((5, 9), (9, 5)):
        q, k, v = draw(n, m)

        assert_close(Linear(SIZE)(q, k, v), by_loops(q, k, v, lambda b, i, j: True))
        assert_close(Linear(SIZE)(q, k, v, Mask(causal=True)), by_loops(q, k, v, lambda b, i, j: j <= i))


def step_by_step(mechanism, q, k, v):
    state, rows = mechanism.initial_state(2), []
    for i in range(q.shape[2]):
        kept = state.clone()
        row, state_after = mechanism.step(q[:, :, i], k[:, :, i], v[:, :, i], state)
        assert torch.equal(state, kept)
        state = state_after
        rows.append(row)
    return torch.stack(rows, 2)


def test_step_by_step_is_all_at_once_with_gradients_and_leaves_old_states_alone():
    inputs, mechanism = draw(70), Linear(SIZE)

    stepped, at_once = step_by_step(mechanism, *inputs), mechanism(*inputs, Mask(causal=True))

    assert_close(stepped, at_once)
    direction = torch.randn_like(at_once)
    assert_close(grad(stepped, inputs, direction), grad(at_once, inputs, direction))


def test_a_row_that_may_read_nothing_gives_0_and_padding_full_of_nan_reaches_nobody():
    q, k, v = (x.detach() for x in draw(7))
    keys = torch.tensor([[False] * 7, [True] * 4 + [False] * 3])
    hidden = ~keys[:, None, :, None]
    k, v = (
        k.masked_fill(hidden, torch.nan).requires_grad_(),
        v.masked_fill(hidden, torch.nan).requires_grad_(),
    )

    out = Linear(SIZE)(q, k, v, Mask(keys=keys))

    assert torch.equal(out[0], torch.zeros_like(out[0]))
    assert out.isfinite().all()
    assert all(slope.isfinite().all() for slope in grad(out.sum(), (k, v)))


@pytest.mark.parametrize("causal", [False, True])
def test_the_gradient_is_the_slope(causal):
    assert gradcheck(lambda q, k, v: Linear(SIZE)(q, k, v, Mask(causal=causal)), draw(4))


@pytest.mark.parametrize("causal", [False, True])
def test_a_long_sequence_of_bfloat16_is_summed_in_float32(causal):
    q, k, v = (x.detach().bfloat16() for x in draw(3000))
    exact = Linear(SIZE)(q.double(), k.double(), v.double(), Mask(causal=causal))

    out = Linear(SIZE)(q, k, v, Mask(causal=causal))

    assert out.dtype == torch.bfloat16
    # half a unit of bfloat16 is 2^-9: what rounding the result alone costs
    assert_close(out.double(), exact, rtol=2**-8, atol=1e-5)


def test_rows_of_the_weights_are_shares_at_every_scale_that_leaves_a_mass():
    q, k, _ = draw(9, scale=4.0)

    weights = Linear(SIZE).weights(q, k, Mask(causal=True))

    assert weights.min() >= 0
    assert_close(weights.sum(-1), torch.ones(2, 2, 9, dtype=torch.float64))


def test_epsilon_is_the_least_mass():
    q, k, v = -100 * torch.ones(1, 1, 1, 5), -100 * torch.ones(1, 1, 1, 5), torch.ones(1, 1, 1, 3)
    size = Size(1, 5, 3, 1)

    assert torch.equal(Linear(size)(q, k, v), torch.zeros(1, 1, 1, 3))
    assert Linear(size, epsilon=0.5)(q + 100, k + 100, v).eq(1).all()
    assert Linear(size, epsilon=50.0)(q + 100, k + 100, v).allclose(torch.tensor(0.1))


@pytest.mark.parametrize("epsilon", [0.0, -1e-6, math.nan])
def test_an_epsilon_that_would_divide_by_nothing_is_refused(epsilon):
    with pytest.raises(InvalidOption, match=r"linear: epsilon must be positive"):
        Linear(SIZE, epsilon=epsilon)


@pytest.mark.parametrize(("n", "m"), [(50, 50), (70, 30)])
def test_the_formula_counts_the_matrix_products(n, m):
    q, k, v = (x[:1] for x in draw(n, m))
    with FlopCounterMode(display=False) as counter:
        Linear(SIZE)(q, k, v)

    assert counter.get_total_flops() == Linear(SIZE).cost(n, m).matmul_flops
