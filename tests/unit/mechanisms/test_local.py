import pytest
import torch
from row_by_row import SIZE, counted_matmul_flops, drawn, exponential, masks, read_by_row, stepped
from torch.utils._python_dispatch import TorchDispatchMode

from regard.attention import Mask
from regard.attention.scores import safe_softmax, scaled_scores
from regard.core.errors import InvalidOption
from regard.mechanisms import local
from regard.mechanisms.local import Chunks, Local
from regard.mechanisms.softmax import Softmax

PARTS = "causal", "keys", "window", "slopes"


class Largest(TorchDispatchMode):
    """Remembers the number of entries of the largest tensor that any operation makes."""

    entries = 0

    def __torch_dispatch__(self, operation, types, arguments=(), named=None):
        made = operation(*arguments, **(named or {}))
        for tensor in made if isinstance(made, tuple | list) else (made,):
            if isinstance(tensor, torch.Tensor):
                self.entries = max(self.entries, tensor.numel())
        return made


def largest(mechanism, n):
    q, k, v = drawn(n)
    with Largest() as recorder:
        mechanism(q, k, v)
    return recorder.entries


class Dense(Local):
    """Planted: the right output by way of an n x n buffer."""

    def forward(self, q, k, v, mask):
        near = Mask(causal=mask.causal, keys=mask.keys, window=self.window, slopes=mask.slopes)
        return safe_softmax(scaled_scores(q, k, near)) @ mask.readable(v)


def windowed(q, k, v, mask, window):
    return read_by_row(q, k, v, mask, exponential, reads=lambda i, j: abs(i - j) <= window)


@pytest.mark.parametrize("n", [1, 2, 7, 12, 13])
@pytest.mark.parametrize("window", [0, 1, 3, 4, 100])
@pytest.mark.parametrize("part", ["no mask", *PARTS, "all"])
def test_it_is_softmax_over_a_window(part, window, n):
    q, k, v = drawn(n)
    mask = masks(*PARTS, n=n)[part]

    mixed = Local(SIZE, window=window)(q, k, v, mask)

    torch.testing.assert_close(mixed, windowed(q, k, v, mask, window))


def test_gradients_are_those_of_the_dense_matrix():
    inputs = [part.requires_grad_() for part in drawn(13)]
    q, k, v = inputs
    near, mask = Local(SIZE, window=3), masks(*PARTS, n=13)["all"]
    fast = torch.autograd.grad(near(q, k, v, mask).square().sum(), inputs)
    dense = torch.autograd.grad((near.weights(q, k, mask) @ v).square().sum(), inputs)

    torch.testing.assert_close(fast, dense)


def test_a_window_off_by_one_is_caught(monkeypatch):
    class Shifted(Chunks):
        def offsets(self, device):
            return super().offsets(device) + 1

    monkeypatch.setattr(local, "Chunks", Shifted)
    q, k, v = drawn(13)

    assert not torch.allclose(Local(SIZE, window=3)(q, k, v), windowed(q, k, v, Mask(), 3))


def test_memory_grows_with_the_length_and_not_with_its_square():
    # 2 examples, 2 heads, and 3 chunks of the window's length for each query
    assert largest(Local(SIZE, window=8), 512) <= 2 * 2 * 512 * 3 * 8
    assert largest(Dense(SIZE, window=8), 512) >= 2 * 2 * 512 * 512, "the planted buffer is not seen"


def test_a_window_over_everything_is_softmax_attention():
    q, k, v = drawn(9)

    torch.testing.assert_close(Local(SIZE, window=8)(q, k, v), Softmax(SIZE)(q, k, v))


@pytest.mark.parametrize("window", [0, 3, 100])
def test_one_position_at_a_time_is_causal_attention(window):
    near, (q, k, v) = Local(SIZE, window=window), drawn(9)

    torch.testing.assert_close(stepped(near, q, k, v), near(q, k, v, Mask(causal=True)))


def test_the_state_holds_the_window_and_no_more():
    near, (q, k, v) = Local(SIZE, window=3), drawn(9)
    state = near.initial_state(2)
    for i in range(9):
        _, state = near.step(q[:, :, i], k[:, :, i], v[:, :, i], state)

    assert [part.shape[2] for part in state] == [4, 4]
    assert sum(part[0].numel() for part in state) == near.cost(9, 9).state_numbers


def test_a_query_far_inside_the_padding_gives_zero_and_finite_gradients():
    q, k, v = (part.requires_grad_() for part in drawn(12))
    mixed = Local(SIZE, window=2)(q, k, v, Mask(keys=torch.arange(12).expand(2, 12) < 4))

    assert (mixed[:, :, 6:] == 0).all()
    assert all(slope.isfinite().all() for slope in torch.autograd.grad(mixed.sum(), [q, k, v]))


def test_a_negative_window_is_refused():
    with pytest.raises(InvalidOption, match="local: window must not be negative, but is -1"):
        Local(SIZE, window=-1)


@pytest.mark.parametrize(("window", "n"), [(0, 5), (3, 13), (8, 100), (40, 11)])
def test_the_formula_counts_the_products_that_torch_counts(window, n):
    near = Local(SIZE, window=window)

    assert near.cost(n, n).matmul_flops == counted_matmul_flops(near, n, n)
