"""Whole layers against implementations written from the papers alone: plain loops, weights of their own.

Their weights are then copied into `Attention`, whose output must be the same number by number.
"""

import math

import pytest
import torch

from regard import Attention, Mask

C, HEADS, GROUPS, N = 16, 4, 2, 9
D = C // HEADS


def drawn(*shape, seed):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def sigmoid(x):
    return 1 / (1 + math.exp(-x))


def product(matrix, x, offset=None):
    """A matrix times a vector, number by number."""
    rows = [sum(a * b for a, b in zip(row, x, strict=True)) for row in matrix.tolist()]
    return rows if offset is None else [row + o for row, o in zip(rows, offset.tolist(), strict=True)]


def turned(x, place):
    """Rotary positions (Su et al. 2021, eq. 15): pair i turns by place / 10000^(2 i / d)."""
    out = []
    for i in range(0, len(x), 2):
        angle = place / 10_000 ** (i / len(x))
        out.append(x[i] * math.cos(angle) - x[i + 1] * math.sin(angle))
        out.append(x[i + 1] * math.cos(angle) + x[i] * math.sin(angle))
    return out


def of_head(x, head):
    return x[head * D : (head + 1) * D]


class DeltaNet:
    """Yang et al. 2024, section 2.2, with SiLU and L2 normalization of q and k, and a short convolution."""

    def __init__(self, taps):
        self.q, self.k, self.v, self.o = (drawn(C, C, seed=i) / 4 for i in range(4))
        self.bq, self.bk, self.bv, self.bo = (drawn(C, seed=10 + i) for i in range(4))
        self.beta = drawn(HEADS, C, seed=20)
        self.kernels = {name: drawn(C, taps, seed=30 + i) for i, name in enumerate("qkv")} if taps else {}

    def convolved(self, name, rows):
        """Each feature of the last `taps` rows, the newest tap last."""
        kernel = self.kernels.get(name)
        if kernel is None:
            return rows
        taps = kernel.shape[1]
        return [
            [
                sum(
                    kernel[c, t].item() * rows[i - taps + 1 + t][c]
                    for t in range(taps)
                    if i - taps + 1 + t >= 0
                )
                for c in range(C)
            ]
            for i in range(len(rows))
        ]

    def __call__(self, x):
        projected = {
            name: self.convolved(name, [product(matrix, row, offset) for row in x.tolist()])
            for name, matrix, offset in (
                ("q", self.q, self.bq),
                ("k", self.k, self.bk),
                ("v", self.v, self.bv),
            )
        }
        states = [[[0.0] * D for _ in range(D)] for _ in range(HEADS)]
        out = []
        for place, row in enumerate(x.tolist()):
            merged = []
            for head in range(HEADS):
                q, k = (
                    self.unit(turned(of_head(projected[name][place], head), place)) for name in ("q", "k")
                )
                v = of_head(projected["v"][place], head)
                # from the input itself: neither turned nor convolved
                beta = sigmoid(product(self.beta, row)[head])
                # S is e x d: S (I - beta k k^T) + beta v k^T
                state = states[head]
                held = [sum(s * x for s, x in zip(line, k, strict=True)) for line in state]
                states[head] = [
                    [state[e][d] + beta * (v[e] - held[e]) * k[d] for d in range(D)] for e in range(D)
                ]
                merged += [sum(s * x for s, x in zip(line, q, strict=True)) for line in states[head]]
            out.append(product(self.o, merged, self.bo))
        return torch.tensor(out, dtype=torch.float64)

    @staticmethod
    def unit(x):
        x = [value * sigmoid(value) for value in x]
        length = math.sqrt(sum(value * value for value in x) + 1e-6)
        return [value / length for value in x]


class GatedAttention:
    """Qiu et al. 2025, position G1: SDPA(x) * sigmoid(x W), head-specific and element-wise, before W_o.

    With groups of heads that share keys and values, and rotary positions.
    """

    def __init__(self):
        self.q, self.o, self.gate = (drawn(C, C, seed=i) / 4 for i in range(3))
        self.k, self.v = (drawn(GROUPS * D, C, seed=3 + i) / 4 for i in range(2))
        self.bq, self.bo = (drawn(C, seed=10 + i) for i in range(2))
        self.bk, self.bv = (drawn(GROUPS * D, seed=12 + i) for i in range(2))

    def __call__(self, x):
        rows, out = x.tolist(), []
        for place, row in enumerate(rows):
            merged = []
            for head in range(HEADS):
                group = head * GROUPS // HEADS
                q = turned(of_head(product(self.q, row, self.bq), head), place)
                weights, values = [], []
                for j in range(place + 1):
                    k = turned(of_head(product(self.k, rows[j], self.bk), group), j)
                    weights.append(math.exp(sum(a * b for a, b in zip(q, k, strict=True)) / math.sqrt(D)))
                    values.append(of_head(product(self.v, rows[j], self.bv), group))
                read = [
                    sum(w * value[e] for w, value in zip(weights, values, strict=True)) / sum(weights)
                    for e in range(D)
                ]
                gate = of_head(product(self.gate, row), head)
                merged += [r * sigmoid(g) for r, g in zip(read, gate, strict=True)]
            out.append(product(self.o, merged, self.bo))
        return torch.tensor(out, dtype=torch.float64)


def copied(attention, weights):
    """The attention in float64 with these weights: every one that it has, and no other."""
    attention = attention.double().eval()
    assert {name for name, _ in attention.named_parameters()} == set(weights)
    attention.load_state_dict(weights, strict=False)
    return attention


def of_shell(paper):
    """Weights that both papers share, by their names in the shell."""
    named = {f"projections.{name}.weight": getattr(paper, name) for name in "qkv"}
    named |= {f"projections.{name}.bias": getattr(paper, f"b{name}") for name in "qkv"}
    return named | {"output.weight": paper.o, "output.bias": paper.bo}


def of_delta(paper):
    convolved = {f"convolutions.{name}.kernel": kernel for name, kernel in paper.kernels.items()}
    offsets = {f"convolutions.{name}.offset": torch.zeros(C) for name in paper.kernels}
    return of_shell(paper) | convolved | offsets | {"projections.beta.weight": paper.beta}


def delta(taps):
    paper = DeltaNet(taps)
    shell = Attention(C, HEADS, mechanism="delta", positions="rotary", convolution=taps)
    return paper, copied(shell, of_delta(paper))


def gated():
    paper = GatedAttention()
    shell = Attention(C, HEADS, mechanism="gated", positions="rotary", key_heads=GROUPS)
    return paper, copied(shell, of_shell(paper) | {"projections.gate.weight": paper.gate})


X = drawn(N, C, seed=99)


def difference(paper, attention):
    """The largest difference of two causal outputs."""
    return (attention(X[None], mask=Mask(causal=True))[0] - paper(X)).abs().max().item()


@pytest.mark.parametrize("taps", [0, 4])
def test_delta_is_deltanet_as_in_its_paper(taps):
    assert difference(*delta(taps)) < 1e-6


def test_gated_is_gated_attention_as_in_its_paper():
    assert difference(*gated()) < 1e-6


@pytest.mark.parametrize("name", ["beta", "q", "k", "v"])
def test_another_weight_of_delta_is_caught(name):
    paper, attention = delta(0)
    with torch.no_grad():
        getattr(attention.projections, name).weight[0, 0] += 0.1

    assert difference(paper, attention) > 1e-4


def test_another_gate_is_caught():
    paper, attention = gated()
    with torch.no_grad():
        attention.projections.gate.weight[0, 0] += 0.1

    assert difference(paper, attention) > 1e-4


class AtPlaces(torch.nn.Module):
    """Turns its input as rotary positions turn q and k."""

    def forward(self, x):
        return torch.tensor(
            [[turned(row, place) for place, row in enumerate(each)] for each in x.tolist()]
        ).to(x)


@pytest.mark.parametrize(
    ("layer", "stream"), [(lambda: delta(0), "beta"), (gated, "gate")], ids=["delta", "gated"]
)
def test_a_strength_or_a_gate_that_turns_with_the_positions_is_caught(layer, stream):
    paper, attention = layer()
    given = getattr(attention.projections, stream)
    setattr(attention.projections, stream, torch.nn.Sequential(AtPlaces(), given))

    assert difference(paper, attention) > 1e-3


def test_a_strength_that_passes_the_convolution_is_caught():
    paper, attention = delta(4)
    given = attention.projections.beta
    attention.projections.beta = torch.nn.Sequential(Convolved(paper), given)

    assert difference(paper, attention) > 1e-3


class Convolved(torch.nn.Module):
    """Passes its input through the convolution of k."""

    def __init__(self, paper):
        super().__init__()
        self.paper = paper

    def forward(self, x):
        return torch.tensor([self.paper.convolved("k", each) for each in x.tolist()]).to(x)


@pytest.mark.parametrize("positions", ["rotary", "none"])
@pytest.mark.parametrize("taps", [0, 4])
@pytest.mark.parametrize(("mechanism", "stream"), [("delta", "beta"), ("gated", "gate")])
def test_strength_and_gate_are_projections_of_the_input_whatever_the_shell_does(
    mechanism, stream, taps, positions
):
    attention = Attention(C, HEADS, mechanism=mechanism, positions=positions, convolution=taps).double()
    seen = []
    attention.mechanism.register_forward_pre_hook(lambda module, given: seen.append(given[0]))
    x = X[None]

    attention(x, mask=Mask(causal=True))

    read = getattr(seen[0], stream).transpose(1, 2).flatten(2)
    torch.testing.assert_close(read, x @ getattr(attention.projections, stream).weight.mT)
