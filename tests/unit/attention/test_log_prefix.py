import pytest
import torch
from torch.autograd import grad, gradcheck
from torch.testing import assert_close

from regard.attention.kernels.log_prefix import HIDDEN, LONGEST_CHUNK, Sums, read, read_so_far, write
from regard.attention.kernels.prefix import shares, with_mass

LENGTHS = [
    1,
    2,
    3,
    7,
    LONGEST_CHUNK - 1,
    LONGEST_CHUNK,
    LONGEST_CHUNK + 1,
    4 * LONGEST_CHUNK,
    5 * LONGEST_CHUNK + 3,
]


def draw(n, m=None, *, spread=1.0, r=4, e=3, seed=0):
    rng = torch.Generator().manual_seed(seed)
    a, b = (spread * torch.randn(2, 2, x, r, generator=rng, dtype=torch.float64) for x in (n, m or n))
    v = torch.randn(2, 2, m or n, e, generator=rng, dtype=torch.float64)
    return [x.requires_grad_() for x in (a, b, v)]


def empty(r=4, e=3):
    """The sums over no keys: as many columns as values with their mass."""
    shape = (2, 2, r)
    return Sums(
        torch.full(shape, HIDDEN, dtype=torch.float64), torch.zeros(*shape, e + 1, dtype=torch.float64)
    )


def fast(a, b, v):
    return shares(read_so_far(a, b, with_mass(v), empty(a.shape[3], v.shape[3]))[0], 0.5)


def by_definition(a, b, v):
    """Every pair of positions, with the sum over features taken in logarithms."""
    scores = (a.unsqueeze(3) + b.unsqueeze(2)).logsumexp(-1)
    n, m = scores.shape[2:]
    return scores.masked_fill(~torch.ones(n, m, dtype=torch.bool).tril(), -torch.inf).softmax(-1) @ v


def later_never_changes_earlier(reader):
    """Outputs stay bit for bit when later keys are e^1000 times as heavy."""
    n = 2 * LONGEST_CHUNK + 7
    for cut in (1, 5, LONGEST_CHUNK, LONGEST_CHUNK + 3):
        (a, b, v), (_, other_b, other_v) = draw(n), draw(n, seed=1)
        late = (torch.arange(n) >= cut).unsqueeze(1)
        changed = reader(a, torch.where(late, other_b + 1000, b), torch.where(late, 8 * other_v, v))
        assert torch.equal(changed[:, :, :cut], reader(a, b, v)[:, :, :cut])


@pytest.mark.parametrize("spread", [1.0, 30.0, 10_000.0])
@pytest.mark.parametrize("n", LENGTHS)
def test_all_at_once_is_the_definition_with_gradients_at_any_spread(n, spread):
    inputs = draw(n, spread=spread)

    got, expected = fast(*inputs), by_definition(*inputs)

    assert_close(got, expected)
    direction = torch.randn_like(expected)
    assert_close(grad(got, inputs, direction), grad(expected, inputs, direction))


@pytest.mark.parametrize("sign", [-1, 1])
def test_it_is_the_definition_when_keys_grow_heavier_or_lighter_all_the_way(sign):
    a, b, v = draw(3 * LONGEST_CHUNK)
    slope = sign * 50.0 * torch.arange(3 * LONGEST_CHUNK, dtype=torch.float64).unsqueeze(1)

    assert_close(fast(a, b + slope, v), by_definition(a, b + slope, v))


@pytest.mark.parametrize(
    ("n", "m"),
    [(3, 9), (9, 3), (LONGEST_CHUNK, 5), (5, 3 * LONGEST_CHUNK), (2 * LONGEST_CHUNK + 1, LONGEST_CHUNK)],
)
def test_query_i_reads_keys_up_to_i_when_there_are_more_of_one_than_of_the_other(n, m):
    inputs = draw(n, m)

    assert_close(fast(*inputs), by_definition(*inputs))


def test_the_gradient_is_the_slope_although_the_references_carry_none():
    assert gradcheck(fast, draw(6, r=2, e=2))


@pytest.mark.parametrize("spread", [1.0, 1000.0])
def test_every_query_reads_a_mass_of_at_least_1(spread):
    a, b, v = draw(3 * LONGEST_CHUNK, spread=spread)

    mass = read_so_far(a, b, with_mass(v), empty())[0][..., -1]

    assert mass.min() >= 1 - 1e-9
    assert read(a, write(empty(), b, with_mass(v)))[..., -1].min() >= 1 - 1e-9


def test_hidden_keys_are_as_good_as_absent_wherever_they_lie():
    n = 2 * LONGEST_CHUNK + 5
    a, b, v = draw(n)
    hidden = torch.zeros(n, 1, dtype=torch.bool)
    hidden[: LONGEST_CHUNK + 2] = True
    hidden[LONGEST_CHUNK + 4 : LONGEST_CHUNK + 9] = True
    b, v = b.masked_fill(hidden, HIDDEN), with_mass(v).masked_fill(hidden, 0)

    got, shown = shares(read_so_far(a, b, v, empty())[0], 0.5), ~hidden[:, 0]

    expected = by_definition(a[:, :, shown], b[:, :, shown], v[:, :, shown, :-1])
    assert_close(got[:, :, shown], expected)
    assert torch.equal(got[:, :, : LONGEST_CHUNK + 2], torch.zeros_like(got[:, :, : LONGEST_CHUNK + 2]))


def test_what_comes_later_never_changes_what_came_earlier():
    later_never_changes_earlier(fast)


def test_the_law_catches_a_reference_that_is_the_maximum_over_all_keys():
    def global_maximum(a, b, v):
        weights = (a - a.amax(-1, keepdim=True)).exp() @ (b - b.amax(2, keepdim=True)).exp().mT
        return shares(weights.tril() @ with_mass(v), 1e-12)

    with pytest.raises(AssertionError):
        later_never_changes_earlier(global_maximum)


@pytest.mark.parametrize("spread", [1.0, 1000.0])
def test_sums_grow_by_any_pieces_into_the_sums_of_all(spread):
    _, b, v = draw(12, spread=spread)
    v, sums = with_mass(v), empty()
    for piece in (slice(0, 5), slice(5, 6), slice(6, 12)):
        sums = write(sums, b[:, :, piece], v[:, :, piece])

    assert_close(sums, write(empty(), b, v))


@pytest.mark.parametrize("spread", [1.0, 1000.0])
@pytest.mark.parametrize("cut", [1, 7, LONGEST_CHUNK, LONGEST_CHUNK + 3])
def test_reading_goes_on_from_sums_and_hands_on_those_after_the_last_key(cut, spread):
    a, b, v = draw(2 * LONGEST_CHUNK, spread=spread)
    v = with_mass(v)
    whole, last = read_so_far(a, b, v, empty())

    earlier, sums = read_so_far(*(x[:, :, :cut] for x in (a, b, v)), empty())
    later, after = read_so_far(*(x[:, :, cut:] for x in (a, b, v)), sums)

    assert_close(shares(torch.cat([earlier, later], 2), 0.5), shares(whole, 0.5))
    assert_close(after, last)
    assert_close(after, write(empty(), b, v))


def test_reading_the_sums_of_all_keys_is_the_last_row_of_reading_so_far():
    a, b, v = draw(LONGEST_CHUNK + 3, spread=5.0)

    everything = shares(read(a, write(empty(), b, with_mass(v))), 0.5)

    assert_close(everything[:, :, -1], fast(a, b, v)[:, :, -1])
