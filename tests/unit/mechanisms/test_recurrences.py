"""Every recurrent mechanism against its equation, position by position, and gone on in pieces."""

import math
from dataclasses import replace

import pytest
import torch
from recurrences import KEYS, read_by_steps
from row_by_row import SIZE, collecting, drawn_for, in_pieces
from torch.autograd import grad
from torch.nn.functional import logsigmoid, silu, softplus
from torch.testing import assert_close

from regard.attention import Mask
from regard.attention.kernels.unit import SMALL
from regard.mechanisms import MECHANISMS


def of_length_one(x):
    return x / (x.square().sum() + SMALL).sqrt()


def unit(x):
    return of_length_one(silu(x))


def log_decay(mechanism, stream, h):
    """The log decays of one position, by a `DecayGate`."""
    rate, bias = mechanism.gate.log_rate[h, 0].exp(), mechanism.gate.bias[h, 0]
    return -rate * softplus(stream + bias)


def retention(mechanism, streams):
    q, k, v = streams
    lightning = mechanism.lightning

    def step(memory, b, h, i):
        # of two heads in the only layer
        kept = math.exp(-(2.0 ** (-4 * (h + 1))) * (1 + 1e-5)) if lightning else 1 - 2.0 ** (-5 - h)
        key = silu(k[b, h, i]) if lightning else k[b, h, i]
        return kept * memory + torch.outer(key, v[b, h, i])

    def read(memory, b, h, i):
        return (silu(q[b, h, i]) if lightning else q[b, h, i]) @ memory / 5**0.5

    return step, read


def gated_linear(mechanism, streams):
    q, k, v, decay = streams

    def step(memory, b, h, i):
        kept = (logsigmoid(decay[b, h, i]) / 16).exp().unsqueeze(-1)
        return kept * memory + torch.outer(k[b, h, i], v[b, h, i])

    return step, lambda memory, b, h, i: q[b, h, i] @ memory / 5**0.5


def state_space_dual(mechanism, streams):
    q, k, v, step_of = streams

    def step(memory, b, h, i):
        fading = log_decay(mechanism, step_of[b, h, i], h)
        size = softplus(step_of[b, h, i] + mechanism.gate.bias[h, 0])
        return fading.exp() * memory + size * torch.outer(k[b, h, i], v[b, h, i])

    return step, lambda memory, b, h, i: q[b, h, i] @ memory


def delta(mechanism, streams):
    q, k, v, beta = streams

    def step(memory, b, h, i):
        key, share = unit(k[b, h, i]), mechanism.largest_strength * beta[b, h, i].sigmoid()
        return memory + torch.outer(key, share * (v[b, h, i] - key @ memory))

    return step, lambda memory, b, h, i: unit(q[b, h, i]) @ memory


def gated_delta(mechanism, streams):
    q, k, v, beta, decay = streams

    def step(memory, b, h, i):
        key, share = unit(k[b, h, i]), mechanism.largest_strength * beta[b, h, i].sigmoid()
        memory = log_decay(mechanism, decay[b, h, i], h).exp().unsqueeze(-1) * memory
        return memory + torch.outer(key, share * (v[b, h, i] - key @ memory))

    return step, lambda memory, b, h, i: unit(q[b, h, i]) @ memory


def kda(mechanism, streams):
    # the same: a decay of each feature scales rows of the memory
    return gated_delta(mechanism, streams)


def gdn2(mechanism, streams):
    q, k, v, erase, write, decay = streams

    def step(memory, b, h, i):
        key = unit(k[b, h, i])
        memory = log_decay(mechanism, decay[b, h, i], h).exp().unsqueeze(-1) * memory
        memory = memory - torch.outer(key, (erase[b, h, i].sigmoid() * key) @ memory)
        return memory + torch.outer(key, write[b, h, i].sigmoid() * v[b, h, i])

    return step, lambda memory, b, h, i: unit(q[b, h, i]) @ memory


def comba(mechanism, streams):
    q, k, v, beta, decay = streams

    def step(memory, b, h, i):
        key, share, part = unit(k[b, h, i]), beta[b, h, i].sigmoid(), mechanism.erased[h, 0, 0].sigmoid()
        kept = log_decay(mechanism, decay[b, h, i], h).exp() * memory
        return kept + torch.outer(key, share * (v[b, h, i] - part * key @ memory))

    def read(memory, b, h, i):
        return (unit(q[b, h, i]) - mechanism.correction[h, 0, 0] * unit(k[b, h, i])) @ memory

    return step, read


def delta_product(mechanism, streams):
    q, k, v, more_keys, more_values, beta, decay = streams
    steps = mechanism.steps

    def step(memory, b, h, i):
        memory = log_decay(mechanism, decay[b, h, i], h).exp() * memory
        keys = torch.cat([k[b, h, i], more_keys[b, h, i]]).view(steps, -1)
        values = torch.cat([v[b, h, i], more_values[b, h, i]]).view(steps, -1)
        for key, value, strength in zip(map(unit, keys), values, beta[b, h, i].sigmoid(), strict=True):
            share = mechanism.largest_strength * strength
            memory = memory + torch.outer(key, share * (value - key @ memory))
        return memory

    return step, lambda memory, b, h, i: unit(q[b, h, i]) @ memory


def rwkv7(mechanism, streams):
    q, k, v, decay, rate = streams

    def step(memory, b, h, i):
        kept = (-math.exp(-0.5) * (decay[b, h, i] + mechanism.bias[h, 0]).sigmoid()).exp()
        a = rate[b, h, i].sigmoid()
        removed = of_length_one(mechanism.removed[h, 0] * k[b, h, i])
        added = torch.lerp(k[b, h, i], a * k[b, h, i], mechanism.replaced[h, 0])
        erased = torch.outer(a * removed, removed @ memory)
        return kept.unsqueeze(-1) * memory - erased + torch.outer(added, v[b, h, i])

    return step, lambda memory, b, h, i: q[b, h, i] @ memory


def turned(x, angles):
    """Pairs of features as complex numbers."""
    pairs = torch.view_as_complex(x[: 2 * len(angles)].view(-1, 2).contiguous())
    pairs = torch.view_as_real(pairs * torch.polar(torch.ones_like(angles), angles)).flatten()
    return torch.cat([pairs, x[2 * len(angles) :]])


def mamba3(mechanism, streams):
    q, k, v, step_of, share, turn = streams

    def step(memory, b, h, i):
        sums, key_before, value_before, angle = memory
        kept = log_decay(mechanism, step_of[b, h, i], h).exp()
        size = softplus(step_of[b, h, i] + mechanism.gate.bias[h, 0])
        angle = angle + math.pi * turn[b, 0, i].tanh() * size
        key, part = turned(k[b, h, i] + mechanism.bias_k[h, 0], angle), share[b, h, i].sigmoid()
        sums = kept * (sums + (1 - part) * size * torch.outer(key_before, value_before))
        return sums + part * size * torch.outer(key, v[b, h, i]), key, v[b, h, i], angle

    def read(memory, b, h, i):
        return turned(q[b, h, i] + mechanism.bias_q[h, 0], memory[3]) @ memory[0]

    return step, read


mamba3.empty = tuple(torch.zeros(*shape, dtype=torch.float64) for shape in ((5, 3), (5,), (3,), (2,)))


def gated_slot(mechanism, streams):
    q, k, v, keep = streams

    def step(memory, b, h, i):
        kept = (logsigmoid(keep[b, h, i]) / 8).exp().unsqueeze(-1)
        new = silu(k[b, h, i]), v[b, h, i]
        return tuple(kept * old + (1 - kept) * each for old, each in zip(memory, new, strict=True))

    def read(memory, b, h, i):
        keys, values = memory
        return (keys @ silu(q[b, h, i]) / 5**0.5).softmax(0) @ values

    return step, read


gated_slot.empty = torch.zeros(64, 5, dtype=torch.float64), torch.zeros(64, 3, dtype=torch.float64)


def mesa(mechanism, streams):
    q, k, v, beta, decay = streams

    def step(memory, b, h, i):
        kept, key = log_decay(mechanism, decay[b, h, i], h).exp(), unit(k[b, h, i])
        new = (beta[b, h, i].sigmoid() * torch.outer(key, each) for each in (key, v[b, h, i]))
        return tuple(kept * old + each for old, each in zip(memory, new, strict=True))

    def read(memory, b, h, i):
        of_keys, of_values = memory
        added = (softplus(mechanism.added[h, 0]) + 0.25).diag()
        return torch.linalg.inv(of_keys + added) @ unit(q[b, h, i]) @ of_values

    return step, read


mesa.empty = torch.zeros(5, 5, dtype=torch.float64), torch.zeros(5, 3, dtype=torch.float64)


def log_linear(mechanism, streams):
    q, k, v, step_of, shares = streams

    def step(memory, b, h, i):
        past, total = memory
        total = total + log_decay(mechanism, step_of[b, h, i], h)
        size = softplus(step_of[b, h, i] + mechanism.gate.bias[h, 0])
        return (*past, (k[b, h, i], size * v[b, h, i], total)), total

    def read(memory, b, h, i):
        past, total = memory
        out = torch.zeros(3, dtype=torch.float64)
        for j, (key, value, before) in enumerate(past):
            share = softplus(shares[b, h, i, ((len(past) - 1) ^ j).bit_length()])
            out = out + share * (total - before).exp() * (q[b, h, i] @ key) * value
        return out

    return step, read


log_linear.empty = (), torch.zeros(1, dtype=torch.float64)


CASES = [
    pytest.param(case, options, id=" ".join([case.__name__, *options]))
    for case, options in (
        (retention, {}),
        (retention, {"lightning": True}),
        (gated_linear, {}),
        (state_space_dual, {}),
        (delta, {}),
        (delta, {"negative_eigenvalues": True}),
        (gated_delta, {}),
        (gated_delta, {"negative_eigenvalues": True}),
        (kda, {}),
        (kda, {"negative_eigenvalues": True}),
        (gdn2, {}),
        (comba, {}),
        (delta_product, {}),
        (delta_product, {"steps": 3, "negative_eigenvalues": False}),
        (rwkv7, {}),
        (mamba3, {}),
        (gated_slot, {}),
        (mesa, {}),
        (log_linear, {}),
    )
]


LASTING = 0.99992
"""A decay that bfloat16 takes for 1."""


def keeping(mechanism, streams):
    """Streams, and parameters, with which everything decays by `LASTING` at each position."""
    log = math.log(LASTING)
    with torch.no_grad():
        if hasattr(mechanism, "gate"):
            mechanism.gate.log_rate.zero_()
            mechanism.gate.bias.zero_()
            settings = {"decay": math.log(math.expm1(-log)), "step": math.log(math.expm1(-log))}
        elif hasattr(mechanism, "rates"):
            mechanism.rates.fill_(log)
            settings = {}
        elif hasattr(mechanism, "bias"):
            mechanism.bias.zero_()
            settings = {"decay": torch.logit(torch.tensor(-log / math.exp(-0.5))).item()}
        else:
            root = 8 if "keep" in streams else 16
            share = torch.logit(torch.tensor(root * log, dtype=torch.float64).exp()).item()
            settings = {"decay": share, "keep": share}
    given = {
        name: torch.full_like(each, settings[name]) for name, each in streams.items() if name in settings
    }
    return streams.replace(**given)


def build(case, options, form="chunked"):
    """The mechanism of that name, with parameters unlike those that it starts with."""
    mechanism = MECHANISMS.find(case.__name__)(SIZE, **options).double()
    rng = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for parameter in mechanism.parameters():
            parameter.add_(0.3 * torch.randn(parameter.shape, generator=rng, dtype=torch.float64))
    mechanism.forced_form = form
    return mechanism


@pytest.mark.parametrize("form", ["plain", "chunked"])
@pytest.mark.parametrize("keys", [None, KEYS], ids=["all keys", "padding"])
@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize(("case", "options"), CASES)
def test_it_is_the_recurrence_position_by_position(case, options, causal, keys, form):
    mechanism, mask = build(case, options, form), Mask(causal=causal, keys=keys)
    streams = drawn_for(mechanism, 7)

    out = mechanism(streams, mask)

    step, read = case(mechanism, streams.replace(k=mask.readable(streams.k)))
    empty = getattr(case, "empty", None)
    assert_close(out, read_by_steps(streams, step, read, causal=causal, keys=keys, empty=empty))
    if mechanism.traits.weights:
        assert_close(mechanism.weights(streams, mask) @ streams.v, out)


@pytest.mark.parametrize(("case", "options"), CASES)
def test_any_cut_into_pieces_is_all_at_once_with_gradients(case, options):
    mechanism = build(case, options)
    mask = Mask(causal=True, keys=(torch.arange(90) % 5 > 0).expand(2, 90))
    streams = collecting(drawn_for(mechanism, 90))

    gone_on, at_once = in_pieces(mechanism, streams, [64, 1, 25], mask), mechanism(streams, mask)

    assert_close(gone_on, at_once)
    direction = torch.randn_like(at_once)
    assert_close(grad(gone_on, [*streams], direction), grad(at_once, [*streams], direction))


@pytest.mark.parametrize(("case", "options"), CASES)
def test_what_hardly_fades_lasts_for_thousands_of_positions_under_autocast(case, options):
    mechanism = MECHANISMS.find(case.__name__)(replace(SIZE, length=4096), **options)
    streams = keeping(mechanism, drawn_for(mechanism, 4096).map(lambda each: each[:1].float()))
    with torch.autocast("cpu", torch.bfloat16):
        out = mechanism(streams, Mask(causal=True))

    expected = mechanism.double()(streams.map(torch.Tensor.double), Mask(causal=True))
    error = (out.double() - expected).norm() / expected.norm()
    assert error < 2e-5
