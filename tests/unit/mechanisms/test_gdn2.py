import pytest
import torch
from recurrences import KEYS, read_by_steps
from row_by_row import SIZE, collecting, drawn_for, in_pieces
from torch.autograd import grad
from torch.nn.functional import silu, softplus
from torch.testing import assert_close

from regard.attention import Mask
from regard.attention.unit import SMALL
from regard.mechanisms.gdn2 import Gdn2


def build(form="chunked"):
    mechanism = Gdn2(SIZE).double()
    mechanism.forced_form = form
    return mechanism


def unit(x):
    x = silu(x)
    return x / (x.square().sum() + SMALL).sqrt()


def by_loops(mechanism, streams, *, causal, keys=None):
    q, k, v, erase, write, decay = streams

    def step(memory, b, h, i):
        key = unit(k[b, h, i])
        rate, bias = mechanism.gate.log_rate[h, 0].exp(), mechanism.gate.bias[h, 0]
        memory = (-rate * softplus(decay[b, h, i] + bias)).exp().unsqueeze(-1) * memory
        memory = memory - torch.outer(key, (erase[b, h, i].sigmoid() * key) @ memory)
        return memory + torch.outer(key, write[b, h, i].sigmoid() * v[b, h, i])

    def read(memory, b, h, i):
        return unit(q[b, h, i]) @ memory

    return read_by_steps(streams, step, read, causal=causal, keys=keys)


@pytest.mark.parametrize("form", Gdn2.forms)
@pytest.mark.parametrize("keys", [None, KEYS], ids=["all keys", "padding"])
@pytest.mark.parametrize("causal", [False, True])
def test_it_is_the_recurrence_position_by_position(causal, keys, form):
    mechanism, mask = build(form), Mask(causal=causal, keys=keys)
    streams = drawn_for(mechanism, 7)

    out = mechanism(streams, mask)

    assert_close(out, by_loops(mechanism, streams, causal=causal, keys=keys))


def test_any_cut_into_pieces_is_all_at_once_with_gradients():
    mechanism, mask = build(), Mask(causal=True, keys=(torch.arange(90) % 5 > 0).expand(2, 90))
    streams = collecting(drawn_for(mechanism, 90))

    gone_on, at_once = in_pieces(mechanism, streams, [64, 1, 25], mask), mechanism(streams, mask)

    assert_close(gone_on, at_once)
    direction = torch.randn_like(at_once)
    assert_close(grad(gone_on, [*streams], direction), grad(at_once, [*streams], direction))
