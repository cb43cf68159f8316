import pytest
import torch
from torch.autograd import grad
from torch.testing import assert_close

from regard.attention.checking.largest_tensor import LargestTensor
from regard.attention.kernels.chunks import CHUNK
from regard.attention.kernels.prefix import read_so_far, shares, with_mass, write

LENGTHS = [1, 2, 7, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 3 * CHUNK + 5]


def draw(n, m=None, r=5, e=3, seed=0):
    rng = torch.Generator().manual_seed(seed)
    sizes = [(n, r), (m or n, r), (m or n, e)]
    return [torch.randn(2, 2, *size, generator=rng, dtype=torch.float64).requires_grad_() for size in sizes]


def fast(q, k, v):
    """From an empty memory."""
    return read_so_far(q, k, v, torch.zeros(*k.shape[:2], k.shape[3], v.shape[3], dtype=k.dtype))[0]


def one_by_one(q, k, v, memory=0.0):
    """The definition: the key-value sum grows by one position, then its query reads it."""
    state, rows = torch.zeros(*k.shape[:2], k.shape[3], v.shape[3], dtype=k.dtype) + memory, []
    for i in range(q.shape[2]):
        if i < k.shape[2]:
            state = state + k[:, :, i, :, None] * v[:, :, i, None, :]
        rows.append((q[:, :, i, :, None] * state).sum(2))
    return torch.stack(rows, 2)


def later_never_changes_earlier(read, n=CHUNK + 9):
    """Not even by rounding: outputs before a position stay bit for bit, whatever comes from it on."""
    for cut in (1, 5, CHUNK - 1, CHUNK, CHUNK + 1):
        (q, k, v), (_, other_k, other_v) = draw(n), draw(n, seed=1)
        late = (torch.arange(n) >= cut).unsqueeze(1)
        changed = read(q, torch.where(late, 1e6 * other_k, k), torch.where(late, 1e6 * other_v, v))
        assert torch.equal(changed[:, :, :cut], read(q, k, v)[:, :, :cut])


@pytest.mark.parametrize("n", LENGTHS)
def test_all_at_once_is_one_by_one_with_gradients(n):
    inputs = draw(n)

    got, slow = fast(*inputs), one_by_one(*inputs)

    assert_close(got, slow)
    direction = torch.randn_like(slow)
    assert_close(grad(got, inputs, direction), grad(slow, inputs, direction))


@pytest.mark.parametrize("n", LENGTHS)
def test_it_goes_on_from_a_memory_and_hands_on_the_one_after_the_last(n):
    (q, k, v), memory = draw(n), torch.randn(2, 2, 5, 3, dtype=torch.float64)

    got, after = read_so_far(q, k, v, memory)

    assert_close(got, one_by_one(q, k, v, memory))
    assert_close(after, write(memory, k, v))


@pytest.mark.parametrize(("n", "m"), [(3, 9), (9, 3), (CHUNK, 5), (5, 3 * CHUNK), (2 * CHUNK + 1, CHUNK)])
def test_query_i_reads_keys_up_to_i_when_there_are_more_of_one_than_of_the_other(n, m):
    inputs = draw(n, m)

    assert_close(fast(*inputs), one_by_one(*inputs))


def test_a_memory_that_is_read_after_all_keys_holds_every_key():
    q, k, v = draw(6, 11)
    memory = torch.randn(2, 2, 5, 3, dtype=torch.float64)

    read = q @ write(memory, k, v)

    assert_close(read, q @ memory + torch.einsum("bhnr,bhmr,bhme->bhne", q, k, v))


def test_what_comes_later_never_changes_what_came_earlier():
    later_never_changes_earlier(fast)


def test_the_law_catches_a_running_sum_from_which_the_own_part_is_subtracted():
    def subtracted(q, k, v):
        written = k.unsqueeze(-1) * v.unsqueeze(-2)
        total = written.sum(2, keepdim=True)
        later = total - written.cumsum(2)
        return (q.unsqueeze(-2) @ (total - later)).squeeze(-2)

    with pytest.raises(AssertionError):
        later_never_changes_earlier(subtracted)


def test_the_law_catches_a_running_sum_over_the_feature_axis():
    with pytest.raises(AssertionError):
        later_never_changes_earlier(lambda q, k, v: (q @ (k.mT @ v)).cumsum(-1))


def largest(read, n, r=32):
    q, k, v = draw(n, r=r, e=r)
    with LargestTensor() as recorder:
        read(q, k, v).sum().backward()
    return recorder.numbers / (2 * 2 * n * max(r, CHUNK))


def test_it_holds_neither_n_x_n_nor_n_x_r_x_e_numbers():
    assert largest(fast, 1024) <= 1.01


def test_the_law_of_memory_catches_both_buffers():
    assert largest(lambda q, k, v: (q @ k.mT).tril() @ v, 1024) > 10
    assert largest(one_buffer, 1024) > 10


def one_buffer(q, k, v):
    return (q.unsqueeze(-2) @ (k.unsqueeze(-1) * v.unsqueeze(-2)).cumsum(2)).squeeze(-2)


def test_shares_divide_by_the_mass_and_give_nothing_for_none():
    v = torch.randn(4, 3)

    assert_close(shares(2.5 * with_mass(v), 1e-6), v)
    assert torch.equal(shares(torch.zeros(4, 4), 1e-6), torch.zeros(4, 3))
