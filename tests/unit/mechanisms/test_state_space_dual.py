import pytest
import torch
from recurrences import KEYS, read_by_steps
from row_by_row import SIZE, collecting, drawn_for, in_pieces
from torch.autograd import grad
from torch.nn.functional import softplus
from torch.testing import assert_close

from regard.attention import Mask
from regard.mechanisms.state_space_dual import StateSpaceDual


def build(form="chunked"):
    mechanism = StateSpaceDual(SIZE).double()
    mechanism.forced_form = form
    return mechanism


def by_loops(mechanism, streams, *, causal, keys=None):
    q, k, v, step_of = streams

    def step(memory, b, h, i):
        rate, bias = mechanism.gate.log_rate[h, 0].exp(), mechanism.gate.bias[h, 0]
        size = softplus(step_of[b, h, i] + bias)
        return (-rate * size).exp() * memory + size * torch.outer(k[b, h, i], v[b, h, i])

    def read(memory, b, h, i):
        return q[b, h, i] @ memory

    return read_by_steps(streams, step, read, causal=causal, keys=keys)


@pytest.mark.parametrize("form", StateSpaceDual.forms)
@pytest.mark.parametrize("keys", [None, KEYS], ids=["all keys", "padding"])
@pytest.mark.parametrize("causal", [False, True])
def test_it_is_the_recurrence_position_by_position(causal, keys, form):
    mechanism, mask = build(form), Mask(causal=causal, keys=keys)
    streams = drawn_for(mechanism, 7)

    out = mechanism(streams, mask)

    assert_close(out, by_loops(mechanism, streams, causal=causal, keys=keys))
    assert_close(mechanism.weights(streams, mask) @ streams.v, out)


def test_any_cut_into_pieces_is_all_at_once_with_gradients():
    mechanism, mask = build(), Mask(causal=True, keys=(torch.arange(90) % 5 > 0).expand(2, 90))
    streams = collecting(drawn_for(mechanism, 90))

    gone_on, at_once = in_pieces(mechanism, streams, [64, 1, 25], mask), mechanism(streams, mask)

    assert_close(gone_on, at_once)
    direction = torch.randn_like(at_once)
    assert_close(grad(gone_on, [*streams], direction), grad(at_once, [*streams], direction))
