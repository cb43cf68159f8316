import pytest
import torch
from torch.autograd import grad
from torch.testing import assert_close

from regard.attention.checking.largest_tensor import LargestTensor
from regard.attention.kernels import leveled_prefix
from regard.attention.kernels.chunks import CHUNK
from regard.attention.kernels.leveled_prefix import Sums, level_count

LENGTHS = [1, 2, 7, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 3 * CHUNK + 5]


def draw(n, levels, *, d=5, e=3):
    """q, k, v, log decays, shares, and which positions are real, differently in two examples."""
    rng = torch.Generator().manual_seed(n)
    q, k, v, g, s = (
        torch.randn(2, 2, n, x, generator=rng, dtype=torch.float64) for x in (d, d, e, 1, levels)
    )
    real = torch.rand(2, 1, n, 1, generator=rng, dtype=torch.float64).round()
    return [*(x.requires_grad_() for x in (q, k, v, -g.exp(), s.exp())), real]


def read_so_far(q, k, v, g, shares, real, memory):
    """With keys and decays hidden where positions are not real."""
    return leveled_prefix.read_so_far(q, k * real, v, g * real, shares, real, memory)


def empty(levels, d=5, e=3):
    return Sums(
        torch.zeros(2, 2, levels, d, e, dtype=torch.float64), torch.zeros(2, 1, 1, 1, dtype=torch.float64)
    )


def by_pairs(q, k, v, g, shares, real):
    """The formula, pair by pair: places are counted among the real positions."""
    total, last = (g * real).cumsum(2), shares.shape[3] - 1
    levels = []
    for counted in real.flatten(1).cumsum(1).int().tolist():
        # unseen as yet, a place reads nothing
        places = [max(each - 1, 0) for each in counted]
        levels.append([[min((i ^ j).bit_length(), last) for j in places] for i in places])
    weights = shares.gather(3, torch.tensor(levels).unsqueeze(1).expand(-1, 2, -1, -1)) * real.mT
    decays = (total - total.mT).tril().exp()
    return (weights * decays * (q @ k.mT)).tril() @ v


@pytest.mark.parametrize("fewer", [0, 2])
@pytest.mark.parametrize("n", LENGTHS)
def test_it_is_the_formula_of_every_pair_with_gradients_also_with_too_few_levels(n, fewer):
    levels = max(level_count(n) - fewer, 1)
    *inputs, real = draw(n, levels)

    out, _ = read_so_far(*inputs, real, empty(levels))

    expected = by_pairs(*inputs, real)
    assert_close(out, expected)
    direction = torch.randn_like(out)
    assert_close(grad(out, inputs, direction), grad(expected, inputs, direction))


@pytest.mark.parametrize("cut", [1, 5, 64, 100])
def test_going_on_from_any_place_is_all_at_once(cut):
    levels = level_count(150)
    inputs = draw(150, levels)
    q, k, v, g, shares, real = inputs
    whole, after = read_so_far(*inputs, empty(levels))

    first, memory = read_so_far(*(x[:, :, :cut] for x in inputs), empty(levels))
    second, last = read_so_far(*(x[:, :, cut:] for x in inputs), memory)

    assert_close(torch.cat([first, second], 2), whole)
    assert_close(last, after)
    assert_close(leveled_prefix.write(empty(levels), k * real, v, g * real, real), after)
    assert_close(leveled_prefix.read(q[:, :, -1:], shares[:, :, -1:], after), whole[:, :, -1:])


def test_levels_are_filled_as_the_binary_digits_of_the_last_place():
    levels = level_count(16)
    ones = torch.ones(2, 2, 12, 1, dtype=torch.float64)

    memory = leveled_prefix.write(empty(levels, 1, 1), ones, ones, 0 * ones, ones[:, :1])

    # the last place is 11, binary 1011: itself, then 1, 2 and 8 before it
    assert memory.levels[0, 0].flatten().tolist() == [1, 1, 2, 0, 8]
    assert memory.seen.flatten().tolist() == [12, 12]


def test_it_holds_no_buffer_of_n_x_n():
    n, d, levels = 1024, 8, level_count(1024)
    *inputs, real = draw(n, levels, d=d, e=d)
    with LargestTensor() as recorder:
        leveled_prefix.read_so_far(*inputs, real, empty(levels, d, d))[0].sum().backward()

    assert recorder.numbers <= 2 * 2 * n * max(CHUNK, levels * d) * 1.01
