import pytest
import torch
from torch.autograd import grad
from torch.testing import assert_close

from regard.attention.checking.largest_tensor import LargestTensor
from regard.attention.kernels import fading_values
from regard.attention.kernels.chunks import CHUNK

LENGTHS = [1, 2, 7, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 3 * CHUNK + 5]


def draw(n, *, strength=1.0, d=5, e=3):
    rng = torch.Generator().manual_seed(n)
    q, k, x, g = (torch.randn(2, 2, n, each, generator=rng, dtype=torch.float64) for each in (d, d, e, e))
    memory = torch.randn(2, 2, d, e, generator=rng, dtype=torch.float64)
    return [each.requires_grad_() for each in (q, k, x, -strength * g.exp(), memory)]


def one_by_one(q, k, x, g, memory):
    rows = []
    for i in range(k.shape[2]):
        here = slice(i, i + 1)
        memory = g[:, :, here].exp() * memory + k[:, :, here].mT @ x[:, :, here]
        rows.append(q[:, :, here] @ memory)
    return torch.cat(rows, 2), memory


@pytest.mark.parametrize("strength", [0.01, 1.0, 50.0])
@pytest.mark.parametrize("n", LENGTHS)
def test_chunks_are_the_recurrence_from_any_memory_with_gradients(n, strength):
    inputs = draw(n, strength=strength)

    fast, slow = fading_values.read_so_far(*inputs), one_by_one(*inputs)

    assert_close(fast, slow)
    for got, expected in zip(fast, slow, strict=True):
        read = inputs if got is fast[0] else inputs[1:]
        direction = torch.randn_like(expected)
        slopes = (grad(out, read, direction, retain_graph=True) for out in (got, expected))
        assert_close(*slopes)
    _, k, x, g, memory = inputs
    assert_close(fading_values.write(memory, k, x, g), slow[1])


def test_it_holds_no_buffer_of_n_x_n():
    n, d = 1024, 16
    with LargestTensor() as recorder:
        fading_values.read_so_far(*draw(n, d=d, e=d))[0].sum().backward()

    assert recorder.numbers <= 2 * 2 * n * CHUNK
