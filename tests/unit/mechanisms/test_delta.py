import math

import pytest
import torch
from torch.autograd import grad, gradcheck
from torch.testing import assert_close
from torch.utils.flop_counter import FlopCounterMode

from regard.attention import Mask, Size
from regard.core.errors import UnsupportedUse
from regard.mechanisms.delta import SMALL, Delta

SIZE = Size(heads=2, key_features=5, value_features=3, length=150)
KEYS = torch.tensor(
    [[True, False, True, True, False, True, True], [False, False, True, True, True, True, False]]
)


def build(**options):
    """Small integers times 1/10 as weights: strengths that differ by position."""
    mechanism = Delta(SIZE, **options).double()
    weight = mechanism.strength.weight
    weight.data = (torch.arange(weight.numel(), dtype=torch.float64).view_as(weight) % 7 - 3) / 10
    return mechanism


def draw(n, *, seed=0, scale=1.0):
    rng = torch.Generator().manual_seed(seed)
    return [
        (scale * torch.randn(2, 2, n, x, generator=rng, dtype=torch.float64)).requires_grad_()
        for x in (5, 5, 3)
    ]


def unit(x):
    x = [value / (1 + math.exp(-value)) for value in x]
    length = math.sqrt(sum(value * value for value in x) + SMALL)
    return torch.tensor([value / length for value in x], dtype=torch.float64)


def by_loops(mechanism, q, k, v, *, causal, keys=None, largest=1.0):
    """The recurrence of section 2.2, position by position, with S as e x d."""
    out = torch.zeros(*q.shape[:3], v.shape[3], dtype=torch.float64)
    for b in range(2):
        for h in range(2):
            state = torch.zeros(3, 5, dtype=torch.float64)
            for i in range(k.shape[2]):
                merged = torch.cat([k[b, 0, i], k[b, 1, i]])
                beta = largest * (mechanism.strength.weight[h] @ merged).sigmoid()
                key = unit(k[b, h, i].tolist())
                if keys is None or keys[b, i]:
                    state = state @ (torch.eye(5) - beta * torch.outer(key, key))
                    state = state + beta * torch.outer(v[b, h, i], key)
                out[b, h, i] = state @ unit(q[b, h, i].tolist())
            if not causal:
                for i in range(k.shape[2]):
                    out[b, h, i] = state @ unit(q[b, h, i].tolist())
    return out


@pytest.mark.parametrize("keys", [None, KEYS], ids=["all keys", "padding"])
@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("negative", [False, True])
def test_it_is_the_recurrence_position_by_position(negative, causal, keys):
    mechanism, (q, k, v) = build(negative_eigenvalues=negative), draw(7)
    mask = Mask(causal=causal, keys=keys)

    out = mechanism(q, k, v, mask)

    expected = by_loops(mechanism, q, k, v, causal=causal, keys=keys, largest=2.0 if negative else 1.0)
    assert_close(out, expected)
    assert_close(mechanism.weights(q, k, mask) @ v, out)


def test_long_sequences_are_the_recurrence_too():
    mechanism, (q, k, v) = build(), draw(130)

    assert_close(mechanism(q, k, v, Mask(causal=True)), by_loops(mechanism, q, k, v, causal=True))


def step_by_step(mechanism, q, k, v):
    state, rows = mechanism.initial_state(2), []
    for i in range(q.shape[2]):
        kept = state.clone()
        row, state_after = mechanism.step(q[:, :, i], k[:, :, i], v[:, :, i], state)
        assert torch.equal(state, kept)
        state = state_after
        rows.append(row)
    return torch.stack(rows, 2)


@pytest.mark.parametrize("negative", [False, True])
def test_step_by_step_is_all_at_once_with_gradients_and_leaves_old_states_alone(negative):
    inputs, mechanism = draw(70), build(negative_eigenvalues=negative)
    leaves = [*inputs, mechanism.strength.weight]

    stepped, at_once = step_by_step(mechanism, *inputs), mechanism(*inputs, Mask(causal=True))

    assert_close(stepped, at_once)
    direction = torch.randn_like(at_once)
    assert_close(grad(stepped, leaves, direction), grad(at_once, leaves, direction))


@pytest.mark.parametrize("causal", [False, True])
def test_the_gradient_is_the_slope(causal):
    mechanism = build()

    assert gradcheck(lambda q, k, v: mechanism(q, k, v, Mask(causal=causal)), draw(4))


def test_zero_keys_and_queries_give_finite_numbers_and_gradients():
    q, k, v = (x.detach() for x in draw(6))
    q, k = torch.zeros_like(q).requires_grad_(), torch.zeros_like(k).requires_grad_()

    out = build()(q, k, v, Mask(causal=True))

    assert torch.equal(out, torch.zeros_like(out))
    assert all(slope.isfinite().all() for slope in grad(out.sum(), (q, k)))


def test_a_row_that_may_read_nothing_gives_0_and_padding_full_of_nan_reaches_nobody():
    q, k, v = (x.detach() for x in draw(7))
    keys = torch.tensor([[False] * 7, [True] * 4 + [False] * 3])
    hidden = ~keys[:, None, :, None]
    k, v = (
        k.masked_fill(hidden, torch.nan).requires_grad_(),
        v.masked_fill(hidden, torch.nan).requires_grad_(),
    )
    mechanism = build()

    out = mechanism(q, k, v, Mask(keys=keys))

    assert torch.equal(out[0], torch.zeros_like(out[0]))
    assert out.isfinite().all()
    slopes = grad(out.sum(), (k, v, mechanism.strength.weight))
    assert all(slope.isfinite().all() for slope in slopes)


def test_negative_eigenvalues_let_a_write_reflect_the_memory():
    """With no values, a strength of 2 turns the part along the key around; one of 1 removes it."""
    size = Size(heads=1, key_features=2, value_features=1, length=2)
    key, value = torch.tensor([[10.0, -100.0]]), torch.ones(1, 1)
    along = []
    for negative in (False, True):
        mechanism = Delta(size, negative_eigenvalues=negative)
        mechanism.strength.weight.data = torch.tensor([[10.0, 0.0]])
        state = torch.zeros(1, 1, 2, 1)
        state[0, 0, 0, 0] = 1.0
        out, _ = mechanism.step(key[None], key[None], 0 * value[None], state)
        along.append(round(out.item(), 4))

    assert along == [0.0, -1.0]


@pytest.mark.parametrize("scale", [1.0, 64.0, 1e4])
def test_memory_and_gradients_stay_finite_in_long_sequences_of_any_scale(scale):
    inputs = [x.detach().float().requires_grad_() for x in draw(1000, scale=scale)]
    mechanism = Delta(SIZE, negative_eigenvalues=True)

    out = mechanism(*inputs, Mask(causal=True))

    assert out.isfinite().all()
    assert all(slope.isfinite().all() for slope in grad(out.sum(), inputs))


def test_bfloat16_is_computed_in_float32():
    q, k, v = (x.detach().bfloat16() for x in draw(1000))
    mechanism = Delta(SIZE)
    exact = mechanism(q.float(), k.float(), v.float(), Mask(causal=True))

    assert torch.equal(mechanism(q, k, v, Mask(causal=True)), exact.bfloat16())


def test_two_sequences_are_refused():
    q, k, v = draw(7)

    with pytest.raises(UnsupportedUse, match="delta mixes one sequence with itself"):
        build()(q[:, :, :5], k, v)


@pytest.mark.parametrize("n", [1, 50, 65, 150])
def test_the_formulas_count_the_matrix_products_and_the_parameters(n):
    mechanism, (q, k, v) = build(), (x[:1] for x in draw(n))
    with FlopCounterMode(display=False) as counter:
        mechanism(q, k, v)

    cost = mechanism.cost(n, n)
    assert counter.get_total_flops() == cost.matmul_flops
    assert cost.parameters == sum(parameter.numel() for parameter in mechanism.parameters())
