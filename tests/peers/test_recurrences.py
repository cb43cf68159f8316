"""Recurrent mechanisms against the plain references of flash-linear-attention.

What differs by definition: none of these divides by √d where our reads are of keys of length 1; a gate, a
feature map or a norm before the recurrence is ours, and is given to both. Its reference of Comba in steps
(`naive_recurrent_comba`) is no reference: it erases what has decayed, unlike the one in chunks, the kernels
and the paper.
"""

from dataclasses import replace

import pytest
import torch
from peer_files import naive
from row_by_row import SIZE, drawn_for
from torch.nn.functional import logsigmoid
from torch.testing import assert_close

from regard.attention import Mask
from regard.mechanisms import MECHANISMS

N = 100
CAUSAL = Mask(causal=True)
ROOT = SIZE.d**0.5
"""Where a reference always divides q by it."""


def swapped(*each):
    """(b, h, n, x) as (b, n, h, x), and back; a single number per head without its dimension."""
    return [x.transpose(1, 2).squeeze(3) if x.shape[3] == 1 else x.transpose(1, 2) for x in each]


def linear(mechanism, streams, given):
    q, k, v = swapped(given.q, given.k, streams.v)
    recurrent = naive("linear_attn").naive_recurrent_linear_attn
    return recurrent(q, k, v, scale=1.0, normalize=True)[0].transpose(1, 2)


def retention(mechanism, streams, given):
    return naive("retention").naive_retention(*streams)


def gated_linear(mechanism, streams, given):
    q, k, v, g = swapped(ROOT * given.q, given.k, given.v, given.g)
    return naive("gla").naive_recurrent_gla(q, k, v, g)[0].transpose(1, 2)


def state_space_dual(mechanism, streams, given):
    q, k, v, g = swapped(*given)
    return naive("simple_gla").naive_recurrent_simple_gla(q, k, v, g, scale=1.0)[0].transpose(1, 2)


def forgetting(mechanism, streams, given):
    q, k, v, g = swapped(*streams.replace(forget=logsigmoid(streams.forget)))
    return naive("forgetting_attn").naive_forgetting_attn(q, k, v, g).transpose(1, 2)


def delta(mechanism, streams, given):
    return naive("delta_rule").delta_rule_recurrence(
        ROOT * given.q, given.k, streams.v, streams.beta.sigmoid()
    )[0]


def gated_delta(mechanism, streams, given):
    q, k, v, beta, g = swapped(given.q, given.k, streams.v, streams.beta.sigmoid(), given.g)
    recurrent = naive("gated_delta_rule").naive_recurrent_gated_delta_rule
    return recurrent(q, k, v, beta, g, scale=1.0)[0].transpose(1, 2)


def kda(mechanism, streams, given):
    q, k, v, g, beta = swapped(given.q, given.k, streams.v, given.g, streams.beta.sigmoid())
    return naive("kda").naive_recurrent_kda(q, k, v, g, beta, scale=1.0)[0].transpose(1, 2)


def gdn2(mechanism, streams, given):
    gates = streams.erase.sigmoid(), streams.write.sigmoid()
    q, k, v, g, erase, write = swapped(given.q, given.k, streams.v, given.g, *gates)
    return naive("gdn2").naive_recurrent_gdn2(q, k, v, g, erase, write, scale=1.0)[0].transpose(1, 2)


def comba(mechanism, streams, given):
    beta, part = streams.beta.sigmoid(), mechanism.erased.sigmoid()
    q, k, v, p, g, beta = swapped(given.q, given.k, streams.v, part * given.k, given.g, beta)
    return naive("comba").naive_chunk_comba(q, k, v, p, g, beta, scale=1.0)[0].transpose(1, 2)


def delta_product(mechanism, streams, given):
    values = torch.cat([streams.v, streams.more_values], -1)
    # steps one after the other, as there
    k, v, beta = (
        x.unflatten(3, (2, -1)).flatten(2, 3) for x in (given.k, values, 2 * streams.beta.sigmoid())
    )
    q, k, v, g, beta = swapped(given.q, k, v, given.g[..., :1], beta)
    recurrent = naive("gated_delta_product").naive_recurrent_gated_delta_product
    return recurrent(q, k, v, g, beta, 1.0, num_householder=2)[0].transpose(1, 2)


def rwkv7(mechanism, streams, given):
    recurrence = naive("generalized_delta_rule/dplr").dplr_recurrence
    return recurrence(ROOT * given.q, given.k, streams.v, given.found, given.taken, given.g)[0]


def gated_slot(mechanism, streams, given):
    q, k, v, s, g = swapped(given.q, given.k, given.v, given.taken, given.g)
    return naive("gsa").naive_recurrent_gsa(q, k, v, s, g, scale=1.0)[0].transpose(1, 2)


def mesa(mechanism, streams, given):
    added = torch.nn.functional.softplus(mechanism.added.squeeze(1)) + 0.25
    q, k, v, g, beta = swapped(given.q, given.k, streams.v, given.g, streams.beta.sigmoid())
    return naive("mesa_net").naive_mesa_net_exact(q, k, v, g, added, beta)[0].transpose(1, 2)


def log_linear(mechanism, streams, given):
    q, k, v, g, shares = swapped(given.q, given.k, given.v, given.g, given.shares)
    return naive("log_linear_attn").naive_log_linear_attn(q, k, v, g, shares).transpose(1, 2)


REFERENCES = [
    linear,
    retention,
    gated_linear,
    state_space_dual,
    forgetting,
    delta,
    gated_delta,
    kda,
    gdn2,
    comba,
    delta_product,
    rwkv7,
    gated_slot,
    mesa,
    log_linear,
]
SQUARE = [mesa]
"""Those that take values as wide as keys alone."""


@pytest.mark.parametrize("reference", REFERENCES, ids=lambda each: each.__name__)
def test_it_is_the_reference_of_flash_linear_attention(reference):
    size = replace(SIZE, length=N, value_features=SIZE.d if reference in SQUARE else SIZE.e)
    mechanism = MECHANISMS.find(reference.__name__)(size)
    streams = drawn_for(mechanism, N).map(torch.Tensor.float)
    given = mechanism.prepare(streams, CAUSAL) if hasattr(mechanism, "prepare") else streams

    expected = reference(mechanism, streams, given)

    assert_close(mechanism(streams, CAUSAL), expected.float(), atol=1e-5, rtol=1e-5)
