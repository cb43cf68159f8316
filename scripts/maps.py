"""What a mechanism reads in one small sequence, as a matrix: a row for each query, a column for each key.

Of a mechanism that has weights they are shown; of any other, how much each output moves with each value.
"""

import math

import torch
from jaxtyping import Float
from torch import Tensor

from regard.attention import Grid, Mask, Mechanism, Size, Streams

WORD = "abacadabacab" * 2
"""The sequence: letters that come again, so that what reads by content finds its like."""

FEATURES = 16

LOUDNESS = 3.5
"""How long the vectors of letters are: two that are alike have a score of 3."""

GRID = Grid(4, 6)
SIZE = Size(heads=2, key_features=FEATURES, value_features=FEATURES, length=len(WORD), grid=GRID)


def drawn_map(build: type[Mechanism]) -> Float[Tensor, "n n"]:
    """The map of the first head, causal where the mechanism can be."""
    torch.manual_seed(0)
    mechanism = build(SIZE).double().eval()
    streams, mask = example(mechanism), Mask(causal=mechanism.traits.causal)
    if mechanism.traits.weights:
        return mechanism.weights(streams, mask)[0, 0].detach()
    return _influence(mechanism, streams, mask)


def example(mechanism: Mechanism) -> Streams[Tensor]:
    """Queries, keys and values that are the letters and their places; further streams are drawn from them."""
    x = _letters() + _places() / 2
    usual = dict.fromkeys(("q", "k", "v"), x)
    streams = {}
    for name, stream in mechanism.declared.items():
        source = torch.Generator().manual_seed(sum(map(ord, name)))
        heads = 1 if stream.shared else SIZE.heads
        into = torch.randn(heads, FEATURES, stream.features, generator=source, dtype=torch.float64)
        own = usual.get(name) if stream.features == FEATURES else None
        streams[name] = (x @ into / 4).unsqueeze(0) if own is None else own.expand(1, heads, -1, -1)
    return Streams(**streams)


def _letters() -> Float[Tensor, "n c"]:
    source = torch.Generator().manual_seed(1)
    vectors = torch.linalg.qr(torch.randn(FEATURES, FEATURES, generator=source, dtype=torch.float64))[0]
    return LOUDNESS * torch.stack([vectors[ord(letter) - ord("a")] for letter in WORD])


def _places() -> Float[Tensor, "n c"]:
    place = torch.arange(len(WORD), dtype=torch.float64).unsqueeze(1)
    angles = place / 1000 ** (torch.arange(FEATURES // 2) / (FEATURES // 2))
    return torch.cat([angles.sin(), angles.cos()], 1)


def _influence(mechanism: Mechanism, streams: Streams[Tensor], mask: Mask) -> Float[Tensor, "n n"]:
    """How far each output moves with each value: the norm of its derivative.

    A mechanism that reads no values is shown by what it reads instead.
    """
    moved = "v" if "v" in streams else streams.names[-1]

    def mixed(v: Tensor) -> Tensor:
        return mechanism(streams.replace(**{moved: v}), mask)[0, 0]

    slopes = torch.autograd.functional.jacobian(mixed, getattr(streams, moved))[:, :, 0].sum(2)
    return slopes.square().sum((1, 3)).sqrt() / math.sqrt(FEATURES)
