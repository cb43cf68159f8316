import pytest
import torch
from torch.autograd import grad
from torch.testing import assert_close

from regard.attention.checking.largest_tensor import LargestTensor
from regard.attention.kernels.chunks import CHUNK
from regard.attention.kernels.decaying_prefix import found_so_far, read_so_far, write

LENGTHS = [1, 2, 7, CHUNK, CHUNK + 1, 2 * CHUNK + 5]


def draw(n, *, features, strength=1.0, d=5, e=3):
    rng = torch.Generator().manual_seed(n)
    q, k, v = (torch.randn(2, 2, n, x, generator=rng, dtype=torch.float64) for x in (d, d, e))
    g = -strength * torch.rand(2, 2, n, d if features else 1, generator=rng, dtype=torch.float64)
    memory = torch.randn(2, 2, d, e, generator=rng, dtype=torch.float64)
    return [x.requires_grad_() for x in (q, k, v, g, memory)]


def one_by_one(q, k, v, g, memory, found=False):
    rows = []
    for i in range(k.shape[2]):
        memory = g[:, :, i, :, None].exp() * memory + k[:, :, i, :, None] * v[:, :, i, None]
        rows.append((q[:, :, i, None] @ (memory.mT if found else memory)).squeeze(2))
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


@pytest.mark.parametrize("strength", [0.01, 1.0, 50.0])
@pytest.mark.parametrize("n", LENGTHS)
def test_keys_are_found_by_their_values_as_the_recurrence_finds_them(n, strength):
    _, k, v, g, memory = draw(n, features=True, strength=strength)
    given = torch.randn_like(v).requires_grad_()

    fast, slow = found_so_far(given, k, v, g, memory), one_by_one(given, k, v, g, memory, found=True)

    assert_close(fast, slow)
    direction, leaves = torch.randn_like(slow[0]), (given, k, v, g, memory)
    assert_close(grad(fast[0], leaves, direction), grad(slow[0], leaves, direction))


def test_finding_keys_holds_no_buffer_of_n_x_n():
    n, d = 1024, 16
    inputs = draw(n, features=True, d=d, e=d)
    with LargestTensor() as recorder:
        found_so_far(*inputs)[0].sum().backward()

    assert recorder.numbers <= 2 * 2 * n * CHUNK


def test_slow_decays_are_kept_over_4096_positions_in_float32():
    n = 4096
    q, k, v = (torch.ones(1, 1, n, 1) for _ in "qkv")

    read, _ = read_so_far(q, k, v, torch.full((1, 1, n, 1), -8e-5), torch.zeros(1, 1, 1, 1))

    rate = torch.tensor(-8e-5, dtype=torch.float64)
    expected = (1 - (n * rate).exp()) / (1 - rate.exp())
    assert_close(read[0, 0, -1, 0].double(), expected, rtol=1e-5, atol=0)
