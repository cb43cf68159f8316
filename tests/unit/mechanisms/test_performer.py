import copy
import math

import pytest
import torch
from torch.autograd import grad, gradcheck
from torch.testing import assert_close
from torch.utils.flop_counter import FlopCounterMode

from regard.attention import Mask, Size
from regard.core.errors import InvalidOption
from regard.mechanisms.performer import LEAST_RELU, Performer, orthogonal
from regard.mechanisms.softmax import Softmax

SIZE = Size(heads=2, key_features=4, value_features=3, length=150)
KEYS = torch.tensor(
    [[True, False, True, True, False, True, True], [False, False, True, True, True, True, False]]
)
SCALES = [1, 4, 16, 64]


def build(size=SIZE, seed=0, **options):
    torch.manual_seed(seed)
    return Performer(size, **options).double()


def draw(n, m=None, *, seed=0, scale=1.0, size=SIZE):
    rng, d, e = torch.Generator().manual_seed(seed), size.key_features, size.value_features
    shapes = [(n, d), (m or n, d), (m or n, e)]
    q, k, v = (torch.randn(2, size.heads, *s, generator=rng, dtype=torch.float64) for s in shapes)
    return [x.requires_grad_() for x in (scale * q, scale * k, v)]


def phi(x, directions, kernel):
    """Lemma 1 (softmax) or a generalized feature map (ReLU), number by number."""
    x = [value / len(x) ** 0.25 for value in x]
    products = [sum(a * b for a, b in zip(x, row, strict=True)) for row in directions]
    if kernel == "relu":
        return [max(product, 0.0) + LEAST_RELU for product in products]
    half = sum(value * value for value in x) / 2
    return [math.exp(product - half) for product in products]


def by_loops(mechanism, q, k, v, allowed):
    out = torch.zeros(*q.shape[:3], v.shape[3], dtype=torch.float64)
    directions = mechanism.directions.tolist()
    for b, h in ((0, 0), (0, 1), (1, 0), (1, 1)):
        features = [phi(key, directions[h], mechanism.kernel) for key in k[b, h].tolist()]
        for i, query in enumerate(q[b, h].tolist()):
            own = phi(query, directions[h], mechanism.kernel)
            weights = torch.tensor(
                [
                    sum(x * y for x, y in zip(own, other, strict=True)) if allowed(b, i, j) else 0.0
                    for j, other in enumerate(features)
                ],
                dtype=torch.float64,
            )
            out[b, h, i] = weights @ v[b, h] / weights.sum() if weights.sum() else 0.0
    return out


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
@pytest.mark.parametrize("kernel", ["softmax", "relu"])
def test_it_is_the_ratio_of_feature_products_number_by_number(kernel, mask, allowed):
    mechanism, (q, k, v) = build(features=6, kernel=kernel), draw(7)

    out = mechanism(q, k, v, mask)

    assert_close(out, by_loops(mechanism, q, k, v, allowed))
    assert_close(mechanism.weights(q, k, mask) @ v, out)


def test_queries_and_keys_may_differ_in_number_with_and_without_order():
    mechanism = build(features=6)
    for n, m in ((5, 9), (9, 5)):
        q, k, v = draw(n, m)

        assert_close(mechanism(q, k, v), by_loops(mechanism, q, k, v, lambda b, i, j: True))
        causal = by_loops(mechanism, q, k, v, lambda b, i, j: j <= i)
        assert_close(mechanism(q, k, v, Mask(causal=True)), causal)


def test_directions_are_orthogonal_in_blocks_and_as_long_as_gaussian_ones():
    d, blocks = 8, 400
    directions = orthogonal(2, blocks * d, d, torch.Generator().manual_seed(0)).double()

    for block in directions.view(-1, d, d):
        products = block @ block.mT
        assert_close(products, products.diagonal().diag(), rtol=0, atol=1e-4)
    squared = directions.square().sum(-1)
    # chi-squared with d degrees of freedom: mean d, variance 2d; four standard errors of 6,400 draws
    assert abs(squared.mean() - d) < 4 * math.sqrt(2 * d / 6400)
    assert abs(squared.var() / (2 * d) - 1) < 0.2
    # and each direction by itself points anywhere: mean 0 and variance 1 in every place of every row
    by_row = directions.view(-1, d, d)
    assert by_row.mean(0).abs().max() < 5 / math.sqrt(800)
    assert (by_row.square().mean(0) - 1).abs().max() < 5 * math.sqrt(2 / 800)


def estimates(directions, x, y):
    """φ(x)·φ(y) of lemma 1, one estimate per set of directions."""
    halves = (x.square().sum() + y.square().sum()) / 2
    return (directions @ (x + y) - halves).exp().mean(-1)


def test_the_estimate_of_the_exponential_is_unbiased_and_orthogonality_narrows_it():
    rng = torch.Generator().manual_seed(0)
    x, y = torch.tensor([0.6, -0.3, 0.2, 0.5]), torch.tensor([0.1, 0.4, -0.7, 0.5])
    orthogonal_sets, free_sets = orthogonal(20_000, 4, 4, rng), torch.randn(20_000, 4, 4, generator=rng)

    ours, free = estimates(orthogonal_sets, x, y), estimates(free_sets, x, y)

    assert abs(ours.mean() - (x @ y).exp()) < 4 * ours.std() / math.sqrt(20_000)
    assert ours.var() < 0.98 * free.var()


def error(features, causal, *, seed):
    size = Size(heads=4, key_features=16, value_features=16, length=64)
    q, k, v = draw(64, seed=seed, scale=0.5, size=size)
    exact = Softmax(size)(q, k, v, Mask(causal=causal))
    got = build(size, seed, features=features)(q, k, v, Mask(causal=causal))
    return ((got - exact).norm() / exact.norm()).item()


@pytest.mark.parametrize("causal", [False, True])
def test_more_features_come_nearer_to_softmax_attention(causal):
    errors = [error(features, causal, seed=0) for features in (16, 64, 256, 1024, 4096)]

    assert errors == sorted(errors, reverse=True)
    assert errors[-1] < 0.06


def test_the_limit_is_built_in_rising_numbers_of_features():
    counts = [mechanism.features for mechanism in Performer.toward_softmax(SIZE)]

    assert counts == sorted(counts)
    assert counts[-1] > 100 * counts[0]


def reads_its_query(mechanism, scale, dtype):
    """Finite with finite gradients, no mean of the values, and near what float64 says."""
    q, k, v = (x.detach().to(dtype).requires_grad_() for x in draw(40, scale=math.sqrt(scale)))
    for mask in (Mask(), Mask(causal=True)):
        out = mechanism(q, k, v, mask)
        assert out.isfinite().all()
        assert all(slope.isfinite().all() for slope in grad(out.sum(), (q, k, v)))
        exact = build()(q.double(), k.double(), v.double(), mask)
        assert_close(out.double(), exact, rtol=0.03, atol=0.03)
    assert (mechanism(q, k, v) - v.mean(2, keepdim=True)).abs().max() > 0.1


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("scale", SCALES)
def test_it_reads_its_query_at_any_scale_of_the_logits(scale, dtype):
    reads_its_query(build().float(), scale, dtype)


class Floored(torch.nn.Module):
    """Planted fault: as in a known library, features shifted by a global maximum and floored at 1e-4."""

    def __init__(self, directions):
        super().__init__()
        self.directions = directions

    def forward(self, q, k, v, mask=Mask()):
        q, k, v = q.float(), k.float(), v.float()
        scale = q.shape[3] ** -0.25
        a, b = ((scale * x) @ self.directions.mT - (scale * x).square().sum(-1, True) / 2 for x in (q, k))
        weights = ((a - a.amax(-1, True)).exp() + 1e-4) @ ((b - b.amax((2, 3), True)).exp() + 1e-4).mT
        weights = weights.tril() if mask.causal else weights
        return weights @ v / weights.sum(-1, keepdim=True)


@pytest.mark.parametrize("scale", SCALES[1:])
def test_the_law_catches_features_with_a_floor(scale):
    with pytest.raises(AssertionError):
        reads_its_query(Floored(build().directions.float()), scale, torch.float32)


@pytest.mark.parametrize("kernel", ["softmax", "relu"])
@pytest.mark.parametrize("scale", SCALES)
def test_rows_of_the_weights_are_shares_at_any_scale(scale, kernel):
    mechanism = build(kernel=kernel).float()
    q, k, _ = (x.detach().float() for x in draw(20, scale=scale))

    for mask in (Mask(), Mask(causal=True)):
        weights = mechanism.weights(q, k, mask)
        assert weights.min() >= 0
        assert_close(weights.sum(-1), torch.ones(2, 2, 20))


def unmoved(mechanism, mask, readers, change):
    """What the given readers get is the same bit for bit after a change of keys and values."""
    q, k, v = (x.detach() for x in draw(45))
    before = mechanism(q, k, v, mask)[readers]
    assert torch.equal(mechanism(q, change(k), change(v), mask)[readers], before)


def louder(where):
    def change(x):
        x = x.clone()
        x[where] = 8 * x[where] + 1
        return x

    return change


LATER = (slice(None), slice(None), slice(40, None))
EARLIER = (slice(None), slice(None), slice(0, 40))
PADDED = torch.arange(45).expand(2, 45) < 40


def test_later_keys_padding_and_other_examples_are_not_looked_at():
    mechanism = build(features=16)

    unmoved(mechanism, Mask(causal=True), EARLIER, louder(LATER))
    unmoved(mechanism, Mask(keys=PADDED), EARLIER, louder(LATER))
    unmoved(mechanism, Mask(causal=True, keys=PADDED), EARLIER, louder(LATER))
    unmoved(mechanism, Mask(), 0, louder(1))


def test_the_law_catches_a_stabilizer_that_looks_at_all_keys():
    with pytest.raises(AssertionError):
        unmoved(Floored(build().directions.float()), Mask(causal=True), EARLIER, louder(LATER))


@pytest.mark.parametrize("kernel", ["softmax", "relu"])
@pytest.mark.parametrize("scale", [1.0, 8.0])
def test_step_by_step_is_all_at_once_with_gradients_and_leaves_old_states_alone(scale, kernel):
    inputs, mechanism = draw(70, scale=scale), build(features=8, kernel=kernel)
    state, rows = mechanism.initial_state(2), []
    for i in range(70):
        kept = copy.deepcopy([part.detach() for part in state])
        row, state_after = mechanism.step(*(x[:, :, i] for x in inputs), state)
        assert all(map(torch.equal, state, kept))
        state = state_after
        rows.append(row)

    stepped, at_once = torch.stack(rows, 2), mechanism(*inputs, Mask(causal=True))

    assert_close(stepped, at_once)
    direction = torch.randn_like(at_once)
    assert_close(grad(stepped, inputs, direction), grad(at_once, inputs, direction))


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("kernel", ["softmax", "relu"])
def test_the_gradient_is_the_slope(kernel, causal):
    mechanism = build(features=3, kernel=kernel)

    assert gradcheck(lambda q, k, v: mechanism(q, k, v, Mask(causal=causal)), draw(4))


def test_a_row_that_may_read_nothing_gives_0_and_padding_full_of_nan_reaches_nobody():
    q, k, v = (x.detach() for x in draw(7))
    keys = torch.tensor([[False] * 7, [True] * 4 + [False] * 3])
    hidden = ~keys[:, None, :, None]
    k, v = (
        k.masked_fill(hidden, torch.nan).requires_grad_(),
        v.masked_fill(hidden, torch.nan).requires_grad_(),
    )

    for causal in (False, True):
        out = build()(q, k, v, Mask(causal=causal, keys=keys))

        assert torch.equal(out[0], torch.zeros_like(out[0]))
        assert out.isfinite().all()
        assert all(slope.isfinite().all() for slope in grad(out.sum(), (k, v)))


def test_redrawing_changes_the_directions_and_equal_generators_draw_equal_ones():
    mechanism, other, inputs = build(seed=0), build(seed=1), draw(7)
    before, drawn = mechanism(*inputs), mechanism.directions

    mechanism.redraw(torch.Generator().manual_seed(5))
    other.redraw(torch.Generator().manual_seed(5))

    assert not torch.allclose(mechanism(*inputs), before)
    assert torch.equal(mechanism.directions, other.directions)
    assert (mechanism.directions.dtype, mechanism.directions.shape) == (drawn.dtype, drawn.shape)


def test_redrawing_between_forward_and_backward_leaves_the_gradient_alone():
    mechanism, inputs = build(), draw(7)
    out = mechanism(*inputs)
    expected = grad(out.sum(), inputs, retain_graph=True)

    mechanism.redraw(torch.Generator().manual_seed(5))

    assert_close(grad(out.sum(), inputs), expected)


def test_the_directions_travel_with_the_state():
    mechanism, other, inputs = build(seed=0), build(seed=1), draw(7)
    mechanism.redraw(torch.Generator().manual_seed(5))

    other.load_state_dict(mechanism.state_dict())

    assert torch.equal(other(*inputs), mechanism(*inputs))


def test_no_features_are_refused():
    with pytest.raises(InvalidOption, match="performer: features must be at least 1, not 0"):
        Performer(SIZE, features=0)


@pytest.mark.parametrize(("n", "m"), [(50, 50), (70, 30)])
def test_the_formulas_count_the_matrix_products_and_the_state(n, m):
    mechanism, (q, k, v) = build(features=20), (x[:1] for x in draw(n, m))
    with FlopCounterMode(display=False) as counter:
        mechanism(q, k, v)

    cost = mechanism.cost(n, m)
    assert counter.get_total_flops() == cost.matmul_flops
    assert cost.state_numbers == sum(part.numel() for part in mechanism.initial_state(1))
