import pytest
import torch
from torch.autograd import grad
from torch.nn.functional import normalize
from torch.testing import assert_close

from regard.attention.checking.largest_tensor import LargestTensor
from regard.attention.kernels import delta_rule
from regard.attention.kernels.chunks import CHUNK


def write(memory, k, v, beta):
    """The plain rule: what is read at a key is what is erased there, by the strength of the write."""
    return delta_rule.write(memory, k, beta * v, beta * k)


def read_so_far(q, k, v, beta, memory):
    return delta_rule.read_so_far(q, k, beta * v, beta * k, memory)


LENGTHS = [1, 2, 7, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 3 * CHUNK + 5]


def draw(n, *, strongest=1.0, d=5, e=3, seed=0):
    rng = torch.Generator().manual_seed(seed)
    q, k, v, s = (torch.randn(2, 2, n, x, generator=rng, dtype=torch.float64) for x in (d, d, e, 1))
    q, k = normalize(q, dim=-1), normalize(k, dim=-1)
    return [x.requires_grad_() for x in (q, k, v, strongest * s.sigmoid())]


def empty(d=5, e=3):
    return torch.zeros(2, 2, d, e, dtype=torch.float64)


def one_by_one(q, k, v, beta, memory):
    """The recurrence, with its transition matrix written out: S is e x d as in the paper."""
    state, rows = memory.mT, []
    for i in range(k.shape[2]):
        key, value, strength = k[:, :, i, :, None], v[:, :, i, :, None], beta[:, :, i, :, None]
        transition = torch.eye(k.shape[3], dtype=k.dtype) - strength * key @ key.mT
        state = state @ transition + strength * value @ key.mT
        rows.append((state @ q[:, :, i, :, None]).squeeze(-1))
    return torch.stack(rows, 2), state.mT


@pytest.mark.parametrize("strongest", [1.0, 2.0])
@pytest.mark.parametrize("n", LENGTHS)
def test_chunks_are_the_recurrence_from_any_memory_with_gradients(n, strongest):
    inputs = [*draw(n, strongest=strongest), torch.randn(2, 2, 5, 3, dtype=torch.float64).requires_grad_()]

    fast, slow = read_so_far(*inputs), one_by_one(*inputs)

    assert_close(fast, slow)
    for got, expected in zip(fast, slow, strict=True):
        read = inputs if got is fast[0] else inputs[1:]
        direction = torch.randn_like(expected)
        slopes = (grad(out, read, direction, retain_graph=True) for out in (got, expected))
        assert_close(*slopes)


@pytest.mark.parametrize("n", LENGTHS)
def test_the_memory_after_all_writes_is_that_of_the_recurrence_with_gradients(n):
    q, *inputs = draw(n)

    fast, (_, slow) = write(empty(), *inputs), one_by_one(q, *inputs, empty())

    assert_close(fast, slow)
    direction = torch.randn_like(slow)
    assert_close(grad(fast, inputs, direction), grad(slow, inputs, direction))


def test_a_full_write_at_a_unit_key_is_read_back_and_leaves_orthogonal_keys_alone():
    keys, values = torch.eye(4).view(4, 1, 1, 1, 4), torch.randn(5, 1, 1, 1, 3)
    memory, full = torch.zeros(1, 1, 4, 3), torch.ones(1, 1, 1, 1)
    for key, value in zip(keys, values[:4], strict=True):
        memory = write(memory, key, value, full)

    overwritten = write(memory, keys[2], values[4], full)

    assert_close(overwritten, torch.cat([values[0], values[1], values[4], values[3]], 2))


def test_a_write_of_no_strength_changes_nothing():
    _, k, v, beta = draw(9)
    without = [torch.cat([x[:, :, :4], x[:, :, 5:]], 2) for x in (k, v, beta)]

    silenced = beta.masked_fill((torch.arange(9) == 4).unsqueeze(1), 0)

    assert_close(write(empty(), k, v, silenced), write(empty(), *without))


def test_a_rule_that_only_adds_is_told_apart():
    q, k, v, beta = draw(9)

    with pytest.raises(AssertionError):
        assert_close(q @ (k.mT @ (beta * v)), q @ write(empty(), k, v, beta))


def test_what_comes_later_never_changes_what_came_earlier():
    for cut in (1, 5, CHUNK, CHUNK + 3):
        inputs, others = draw(CHUNK + 9), draw(CHUNK + 9, seed=1)
        late = (torch.arange(CHUNK + 9) >= cut).unsqueeze(1)
        changed = [torch.where(late, new, old) for new, old in zip(others, inputs, strict=True)]

        before, after = (read_so_far(*given, empty())[0][:, :, :cut] for given in (inputs, changed))
        assert_close(after, before, rtol=0, atol=1e-13)


def test_it_holds_no_buffer_of_n_x_n():
    n, d = 1024, 32
    inputs = draw(n, d=d, e=d)
    with LargestTensor() as recorder:
        read_so_far(*inputs, empty(d, d))[0].sum().backward()

    assert recorder.numbers <= 2 * 2 * n * CHUNK * 1.01


@pytest.mark.parametrize("early", [False, True])
@pytest.mark.parametrize("features", [1, 5])
@pytest.mark.parametrize("n", LENGTHS)
def test_with_decays_and_keys_of_their_own_to_erase_at_it_is_the_recurrence(n, features, early):
    rng = torch.Generator().manual_seed(n)
    q, k, v, p, g = (
        torch.randn(2, 2, n, x, generator=rng, dtype=torch.float64) for x in (5, 5, 3, 5, features)
    )
    inputs = [
        q,
        normalize(k, dim=-1),
        v,
        normalize(p, dim=-1),
        torch.randn(2, 2, 5, 3, dtype=torch.float64),
        -g.exp(),
    ]
    inputs = [x.requires_grad_() for x in inputs]

    fast = delta_rule.read_so_far(*inputs, early=early)
    slow = decaying_one_by_one(*inputs, early=early)

    assert_close(fast, slow)
    direction = torch.randn_like(slow[0])
    assert_close(grad(fast[0], inputs, direction), grad(slow[0], inputs, direction))
    _, k, v, p, memory, g = inputs
    assert_close(delta_rule.write(memory, k, v, p, g, early=early), slow[1])


def decaying_one_by_one(q, k, v, p, memory, g, *, early):
    rows = []
    for i in range(k.shape[2]):
        here = slice(i, i + 1)
        faded = g[:, :, here].mT.exp() * memory
        erased = p[:, :, here] @ (memory if early else faded)
        memory = faded + k[:, :, here].mT @ (v[:, :, here] - erased)
        rows.append(q[:, :, here] @ memory)
    return torch.cat(rows, 2), memory
