import torch
from row_by_row import SIZE, drawn_for
from torch.testing import assert_close

from regard.attention import Mask
from regard.attention.kernels.decay_gate import CLOSED
from regard.attention.kernels.unit import unit
from regard.mechanisms.mesa import LEAST, START, Mesa


def test_the_diagonal_starts_at_1_and_never_falls_below_a_quarter():
    mechanism = Mesa(SIZE)
    nothing = torch.zeros(2, 2, 5, 5)

    assert_close(
        mechanism._solved(nothing, torch.eye(5).expand(2, 2, 5, 5)), torch.eye(5).expand(2, 2, 5, 5) / START
    )
    torch.nn.init.constant_(mechanism.added, -100.0)
    assert_close(
        mechanism._solved(nothing, torch.eye(5).expand(2, 2, 5, 5)), torch.eye(5).expand(2, 2, 5, 5) / LEAST
    )


def test_without_decay_it_is_ridge_regression():
    mechanism = Mesa(SIZE).double()
    streams = drawn_for(mechanism, 20)
    streams = streams.replace(
        beta=torch.full_like(streams.beta, -CLOSED), decay=torch.full_like(streams.decay, CLOSED)
    )

    out = mechanism(streams, Mask())

    k = unit(streams.k)
    of_rows = torch.linalg.lstsq(
        torch.cat([k, torch.eye(5, dtype=torch.float64).expand(2, 2, 5, 5)], 2),
        torch.cat([streams.v, torch.zeros(2, 2, 5, 3, dtype=torch.float64)], 2),
    ).solution
    assert_close(out, unit(streams.q) @ of_rows, rtol=1e-6, atol=1e-6)


def test_with_a_diagonal_that_outweighs_all_keys_it_sums_what_decays():
    """The limit of gated linear attention, whose sums come out divided by the diagonal."""
    mechanism = Mesa(SIZE).double()
    torch.nn.init.constant_(mechanism.added, 1e7)
    streams = drawn_for(mechanism, 9)
    prepared = mechanism.prepare(streams, Mask())

    out = mechanism(streams, Mask(causal=True))

    fading = prepared.g.cumsum(2)
    weights = (prepared.q @ prepared.k.mT * (fading - fading.mT).exp()).tril()
    assert_close(1e7 * out, weights @ (streams.beta.sigmoid() * streams.v), rtol=1e-5, atol=1e-6)


def test_many_keys_alike_in_float32_give_finite_numbers_and_gradients():
    mechanism = Mesa(SIZE)
    streams = drawn_for(mechanism, 300).map(torch.Tensor.float)
    k = streams.k[:, :, :1].expand(-1, -1, 300, -1).clone().requires_grad_()
    given = streams.replace(k=k, decay=torch.full_like(streams.decay, CLOSED))

    out = mechanism(given, Mask(causal=True))
    out.square().sum().backward()

    assert out.isfinite().all()
    assert k.grad.isfinite().all()
