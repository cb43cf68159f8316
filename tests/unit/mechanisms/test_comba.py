import torch
from row_by_row import SIZE, drawn_for
from torch.testing import assert_close

from regard.attention import Mask
from regard.attention.kernels.decay_gate import CLOSED
from regard.attention.kernels.unit import unit
from regard.mechanisms.comba import Comba


def build():
    mechanism = Comba(SIZE).double()
    torch.nn.init.constant_(mechanism.erased, -CLOSED)
    return mechanism


def test_what_is_erased_has_not_decayed():
    mechanism = build()
    streams = drawn_for(mechanism, 1)
    streams = streams.replace(beta=torch.full_like(streams.beta, -CLOSED), v=0 * streams.v)
    state = torch.randn(2, 2, 5, 3, dtype=torch.float64)

    _, after = mechanism.extend(streams, Mask(causal=True, start=1), state)

    k, kept = unit(streams.k), mechanism.gate(streams.decay).exp()
    assert_close(after, kept * state - k.mT @ (k @ state))


def test_a_memory_that_decays_at_once_gives_finite_numbers_and_gradients():
    mechanism = build()
    streams = drawn_for(mechanism, 70)
    decay = torch.full_like(streams.decay, 1e4).requires_grad_()

    out = mechanism(streams.replace(decay=decay), Mask(causal=True))
    out.sum().backward()

    assert out.isfinite().all()
    assert decay.grad.isfinite().all()


def test_a_query_is_corrected_by_its_own_key():
    mechanism = build()
    torch.nn.init.ones_(mechanism.correction)
    streams = drawn_for(mechanism, 5)
    same = streams.replace(q=streams.k)

    assert_close(mechanism(same, Mask(causal=True)), 0 * streams.v)
