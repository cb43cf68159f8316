import math

import pytest
import torch
from row_by_row import collecting, drawn, in_pieces
from torch.autograd import grad, gradcheck
from torch.testing import assert_close
from torch.utils.flop_counter import FlopCounterMode

from regard.attention import Mask, Size, Streams
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
    """Queries and keys are scaled, values are not."""
    streams = drawn(n, m, seed, size=size)
    return collecting(streams.replace(q=scale * streams.q, k=scale * streams.k))


def of(q, k, v):
    return Streams(q=q, k=k, v=v)


def phi(x, directions, kernel):
    """Lemma 1 (softmax) or a generalized feature map (ReLU), number by number."""
    x = [value / len(x) ** 0.25 for value in x]
    products = [sum(a * b for a, b in zip(x, row, strict=True)) for row in directions]
    if kernel == "relu":
        return [max(product, 0.0) + LEAST_RELU for product in products]
    half = sum(value * value for value in x) / 2
    return [math.exp(product - half) for product in products]


def by_loops(mechanism, streams, allowed):
    q, k, v = streams
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


@pytest.mark.parametrize("form", Performer.forms)
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
def test_it_is_the_ratio_of_feature_products_number_by_number(kernel, mask, allowed, form):
    mechanism, streams = build(features=6, kernel=kernel), draw(7)
    mechanism.forced_form = form

    out = mechanism(streams, mask)

    assert_close(out, by_loops(mechanism, streams, allowed))
    assert_close(mechanism.weights(streams, mask) @ streams.v, out)


@pytest.mark.parametrize("form", Performer.forms)
@pytest.mark.parametrize("start", [0, 2])
@pytest.mark.parametrize(("n", "m"), [(5, 9), (9, 5), (1, 9), (1, 1), (9, 1)])
def test_queries_and_keys_may_differ_in_number_with_and_without_order(n, m, start, form):
    mechanism, streams = build(features=6), draw(n, m)
    mechanism.forced_form = form

    assert_close(mechanism(streams), by_loops(mechanism, streams, lambda b, i, j: True))
    ordered = by_loops(mechanism, streams, lambda b, i, j: j <= start + i)
    assert_close(mechanism(streams, Mask(causal=True, start=start)), ordered)


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


def redrawn_estimates(features, *, draws):
    """φ(q)·φ(k) of one mechanism whose directions are drawn anew each time, and exp(q·k / √d)."""
    mechanism = build(Size(heads=1, key_features=4, value_features=4, length=8), features=features)
    rng = torch.Generator().manual_seed(0)
    q, k = (0.7 * torch.randn(1, 1, number, 4, generator=rng, dtype=torch.float64) for number in (6, 5))
    halves = q.square().sum(-1, keepdim=True) / 4
    found = []
    for _ in range(draws):
        mechanism.redraw(rng)
        logs = (mechanism.map_queries(q) - halves).unsqueeze(3) + mechanism.map_keys(k).unsqueeze(2)
        found.append(logs.exp().mean(-1))
    return torch.stack(found), (q @ k.mT / 2).exp()


def test_a_thousand_redraws_give_the_exponential_without_bias():
    found, exact = redrawn_estimates(16, draws=1000)
    standard_errors = found.std(0) / math.sqrt(1000)

    assert ((found.mean(0) - exact).abs() < 4 * standard_errors).all()


def test_the_error_falls_with_the_root_of_the_number_of_features():
    counts = [16, 64, 256, 1024]
    errors = [(found - exact).norm() for found, exact in (redrawn_estimates(r, draws=200) for r in counts)]

    assert_close(slope(counts, errors), -0.5, rtol=0, atol=0.05)


def slope(x, y):
    x, y = torch.tensor(x).double().log(), torch.stack(y).log()
    return ((x - x.mean()) @ (y - y.mean()) / (x - x.mean()).square().sum()).item()


@pytest.mark.parametrize(("deviation", "better"), [(0.25, True), (4.0, False)])
def test_it_beats_the_plain_mean_of_the_values_at_small_scores_only(deviation, better):
    size = Size(heads=4, key_features=16, value_features=16, length=64)
    # q·k / √d of standard normal q and k deviates by 1
    streams = draw(64, scale=deviation**0.5, size=size)
    exact = Softmax(size)(streams)
    mean = streams.v.mean(2, keepdim=True)

    error = (build(size, features=256)(streams) - exact).norm()

    assert (error < (mean - exact).norm()) == better


def error(features, causal, *, seed):
    size = Size(heads=4, key_features=16, value_features=16, length=64)
    streams = draw(64, seed=seed, scale=0.5, size=size)
    exact = Softmax(size)(streams, Mask(causal=causal))
    got = build(size, seed, features=features)(streams, Mask(causal=causal))
    return ((got - exact).norm() / exact.norm()).item()


@pytest.mark.parametrize("causal", [False, True])
def test_more_features_come_nearer_to_softmax_attention(causal):
    errors = [error(features, causal, seed=0) for features in (16, 64, 256, 1024, 4096)]

    assert errors == sorted(errors, reverse=True)
    assert errors[-1] < 0.06


def test_the_limit_is_built_in_rising_numbers_of_features():
    counts = [near.mechanism.features for near in Performer.toward("softmax", SIZE)]

    assert counts == sorted(counts)
    assert counts[-1] > 100 * counts[0]


def test_only_the_softmax_kernel_is_tied_to_softmax():
    assert build().traits.tie("softmax") is not None
    assert build(kernel="relu").traits.tie("softmax") is None
    assert Performer.traits.tie("softmax") is not None


def test_another_scale_of_the_scores_is_that_of_softmax_attention_too():
    """Of scores that are 0.2 q·k instead of q·k / 4."""
    size = Size(heads=4, key_features=16, value_features=16, length=64, scale=0.2)
    streams = draw(64, scale=0.5, size=size)
    exact, got = Softmax(size)(streams), build(size, features=4096)(streams)

    assert (got - exact).norm() / exact.norm() < 0.06


def reads_its_query(mechanism, scale, dtype):
    """Finite with finite gradients, no mean of the values, and near what float64 says."""
    streams = collecting(draw(40, scale=math.sqrt(scale)).map(lambda x: x.to(dtype)))
    for mask in (Mask(), Mask(causal=True)):
        out = mechanism(streams, mask)
        assert out.isfinite().all()
        assert all(slope.isfinite().all() for slope in grad(out.sum(), [*streams]))
        exact = build()(streams.map(torch.Tensor.double), mask)
        assert_close(out.double(), exact, rtol=0.03, atol=0.03)
    assert (mechanism(streams) - streams.v.mean(2, keepdim=True)).abs().max() > 0.1


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("scale", SCALES)
def test_it_reads_its_query_at_any_scale_of_the_logits(scale, dtype):
    reads_its_query(build().float(), scale, dtype)


class Floored(torch.nn.Module):
    """Planted fault: as in a known library, features shifted by a global maximum and floored at 1e-4."""

    def __init__(self, directions):
        super().__init__()
        self.directions = directions

    def forward(self, streams, mask=Mask()):
        q, k, v = streams.map(torch.Tensor.float)
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
    streams = draw(20, scale=scale).map(torch.Tensor.float)

    for mask in (Mask(), Mask(causal=True)):
        weights = mechanism.weights(streams, mask)
        assert weights.min() >= 0
        assert_close(weights.sum(-1), torch.ones(2, 2, 20))


def unmoved(mechanism, mask, readers, change):
    """What the given readers get is the same bit for bit after a change of keys and values."""
    q, k, v = drawn(45, size=SIZE)
    before = mechanism(of(q, k, v), mask)[readers]
    assert torch.equal(mechanism(of(q, change(k), change(v)), mask)[readers], before)


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
@pytest.mark.parametrize("pieces", [[1] * 70, [33, 1, 36]])
def test_any_cut_into_pieces_is_all_at_once_with_gradients(pieces, scale, kernel):
    streams, mechanism = draw(70, scale=scale), build(features=8, kernel=kernel)
    mask = Mask(causal=True, keys=(torch.arange(70) % 5 > 0).expand(2, 70))

    gone_on, at_once = in_pieces(mechanism, streams, pieces, mask), mechanism(streams, mask)

    assert_close(gone_on, at_once)
    direction = torch.randn_like(at_once)
    assert_close(grad(gone_on, [*streams], direction), grad(at_once, [*streams], direction))


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("kernel", ["softmax", "relu"])
def test_the_gradient_is_the_slope(kernel, causal):
    mechanism = build(features=3, kernel=kernel)

    assert gradcheck(lambda *parts: mechanism(of(*parts), Mask(causal=causal)), [*draw(4)])


def test_redrawing_changes_the_directions_and_equal_generators_draw_equal_ones():
    mechanism, other, inputs = build(seed=0), build(seed=1), draw(7)
    before, drawn = mechanism(inputs), mechanism.directions

    mechanism.redraw(torch.Generator().manual_seed(5))
    other.redraw(torch.Generator().manual_seed(5))

    assert not torch.allclose(mechanism(inputs), before)
    assert torch.equal(mechanism.directions, other.directions)
    assert (mechanism.directions.dtype, mechanism.directions.shape) == (drawn.dtype, drawn.shape)


def test_redrawing_between_forward_and_backward_leaves_the_gradient_alone():
    mechanism, inputs = build(), draw(7)
    out = mechanism(inputs)
    expected = grad(out.sum(), [*inputs], retain_graph=True)

    mechanism.redraw(torch.Generator().manual_seed(5))

    assert_close(grad(out.sum(), [*inputs]), expected)


def test_the_directions_travel_with_the_state():
    mechanism, other, inputs = build(seed=0), build(seed=1), draw(7)
    mechanism.redraw(torch.Generator().manual_seed(5))

    other.load_state_dict(mechanism.state_dict())

    assert torch.equal(other(inputs), mechanism(inputs))


def test_no_features_are_refused():
    with pytest.raises(InvalidOption, match="performer: features must be at least 1, not 0"):
        Performer(SIZE, features=0)


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize(("n", "m"), [(50, 50), (70, 30)])
def test_the_formulas_count_the_matrix_products_and_the_state(n, m, causal):
    mechanism, mask = build(features=20), Mask(causal=causal)
    with FlopCounterMode(display=False) as counter:
        mechanism(drawn(n, m, size=SIZE).map(lambda x: x[:1]), mask)

    cost = mechanism.cost(n, m, mask)
    assert counter.get_total_flops() == cost.matmul_flops
    assert cost.state_numbers == sum(part.numel() for part in mechanism.initial_state(1))


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("amplitude", [1e12, 1e16, 1e18])
def test_keys_of_any_size_are_told_from_hidden_ones(amplitude, causal):
    mechanism = Performer(SIZE)
    streams = drawn(40, size=SIZE)
    streams = streams.replace(q=amplitude * streams.q, k=amplitude * streams.k)
    keys = torch.arange(40).expand(2, 40) != 3
    mask = Mask(causal=causal, keys=keys)

    mixed = mechanism(streams, mask)
    wide = mechanism.double()(streams.map(torch.Tensor.double), mask)

    assert (mixed != 0).all()
    torch.testing.assert_close(mixed.double(), wide, rtol=1e-4, atol=1e-5)
