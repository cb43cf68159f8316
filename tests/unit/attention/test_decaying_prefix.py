import pytest
import torch
from torch.autograd import grad
from torch.testing import assert_close

from regard.attention.kernels.chunks import CHUNK
from regard.attention.kernels.decaying_prefix import read_so_far, write

LENGTHS = [1, 2, 7, CHUNK, CHUNK + 1, 2 * CHUNK + 5]


def draw(n, *, features, d=5, e=3):
    rng = torch.Generator().manual_seed(n)
    q, k, v = (torch.randn(2, 2, n, x, generator=rng, dtype=torch.float64) for x in (d, d, e))
    g = -torch.rand(2, 2, n, d if features else 1, generator=rng, dtype=torch.float64)
    memory = torch.randn(2, 2, d, e, generator=rng, dtype=torch.float64)
    return [x.requires_grad_() for x in (q, k, v, g, memory)]


def one_by_one(q, k, v, g, memory):
    rows = []
    for i in range(k.shape[2]):
        memory = g[:, :, i, :, None].exp() * memory + k[:, :, i, :, None] * v[:, :, i, None]
        rows.append((q[:, :, i, None] @ memory).squeeze(2))
    return torch.stack(rows, 2), memory


@pytest.mark.parametrize("features", [False, True])
@pytest.mark.parametrize("n", LENGTHS)
def test_chunks_are_the_recurrence_from_any_memory_with_gradients(n, features):
    inputs = draw(n, features=features)

    fast, slow = read_so_far(*inputs), one_by_one(*inputs)

    assert_close(fast, slow)
    direction = torch.randn_like(slow[0])
    assert_close(grad(fast[0], inputs, direction), grad(slow[0], inputs, direction))


@pytest.mark.parametrize("features", [False, True])
@pytest.mark.parametrize("n", LENGTHS)
def test_the_memory_after_all_writes_is_that_of_the_recurrence(n, features):
    q, k, v, g, memory = draw(n, features=features)

    assert_close(write(memory, k, v, g), one_by_one(q, k, v, g, memory)[1])


def test_slow_decays_are_kept_over_4096_positions_in_float32():
    n = 4096
    q, k, v = (torch.ones(1, 1, n, 1) for _ in "qkv")

    read, _ = read_so_far(q, k, v, torch.full((1, 1, n, 1), -8e-5), torch.zeros(1, 1, 1, 1))

    rate = torch.tensor(-8e-5, dtype=torch.float64)
    expected = (1 - (n * rate).exp()) / (1 - rate.exp())
    assert_close(read[0, 0, -1, 0].double(), expected, rtol=1e-5, atol=0)
