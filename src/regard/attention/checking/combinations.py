"""Masks of several parts at once, under which some queries may read nothing."""

from itertools import combinations

import torch
from torch import Tensor

from regard.attention.bias import Bias, alibi_slopes
from regard.attention.checking.masks import joined, paddings
from regard.attention.mask import Mask
from regard.attention.mask_parts import MASK_PARTS
from regard.attention.mechanism import Mechanism
from regard.attention.size import Size
from regard.attention.traits import Traits
from regard.core.randomness import generator_of

BATCH = 3
"""Examples of a combined mask: padded here and there, padded at the start, and nothing but padding."""

REACH = 2
"""The window of a combined mask."""

EXTENT = 3
"""The largest offset for which its table of biases has a column of its own."""

DOCUMENT = 4
"""Positions of a document, fewer than are hidden at the start of the second example."""


def combined_masks(mechanism: Mechanism, n: int, m: int) -> dict[str, Mask]:
    """By name: each part of a mask that is declared, each pair of parts, causal and padded with each other
    part, as most sequences are written, and all parts at once.
    """
    traits = mechanism.traits
    parts = {
        name: mask
        for name, mask in _each_part(mechanism.size, n, m).items()
        if getattr(traits, MASK_PARTS[name].trait)
    }
    masks = dict(parts)
    for one, other in combinations(parts, 2):
        masks[f"{one} and {other}"] = joined(parts[one], parts[other])
    for other in parts if {"causal", "keys"} <= parts.keys() else ():
        if other not in ("causal", "keys"):
            masks[f"causal, keys and {other}"] = joined(parts["causal"], parts["keys"], parts[other])
    if len(parts) > 2:
        masks["all parts at once"] = joined(*parts.values())
    return masks


def allowed_pairs(mask: Mask, n: int, m: int) -> Tensor:
    """Which query may read which key, in full: (b, n, m)."""
    allowed = mask.allowed(n, m)
    whole = torch.ones(BATCH, n, m, dtype=torch.bool)
    return whole if allowed is None else whole & allowed[:, 0]


def read_rows(mask: Mask, n: int, m: int) -> Tensor:
    """Queries whose output somebody reads, (b, n): in one sequence with itself those outside the padding."""
    if mask.keys is None or mask.start + n > m:
        return torch.ones(BATCH, n, dtype=torch.bool)
    return mask.keys[:, mask.start : mask.start + n]


def _each_part(size: Size, n: int, m: int) -> dict[str, Mask]:
    """A mask with nothing but one part, by the name of the part, for all that n queries and m keys allow."""
    source, h, position = generator_of(0, "conformance", "combined"), size.heads, torch.arange(m)
    keys = torch.stack([paddings(1, m)["scattered"][0], position >= m // 2 - 1, position < 0])
    masks = {
        "causal": Mask(causal=True),
        "keys": Mask(keys=keys),
        "edges": Mask(edges=torch.rand(BATCH, n, m, generator=source) < 0.4),
        "window": Mask(window=REACH),
        "segments": Mask(segments=_documents(position)),
        # neither the first key nor as many keys behind the last query as before the first
        "start": Mask(start=(max(m - n, 0) + 1) // 2),
        "slopes": Mask(bias=Bias(slopes=alibi_slopes(h))),
        "table": Mask(bias=Bias(table=torch.randn(h, 2 * EXTENT + 1, generator=source))),
        "dense": Mask(bias=Bias(dense=torch.randn(BATCH, h, n, m, generator=source))),
    }
    assert masks.keys() == MASK_PARTS.keys()
    return {name: mask for name, mask in masks.items() if mask.parts and mask.misfit(BATCH, n, m) is None}


def _documents(position: Tensor) -> Tensor:
    """Numbers of documents: side by side, numbered backward from far on by large steps, and one that goes on
    behind another.
    """
    number = position // DOCUMENT
    return torch.stack([number, 2**16 - 256 * number, number % 2])


def lengths(traits: Traits) -> list[tuple[int, int]]:
    """Numbers of queries and of keys that are tried: as many, and where they may differ fewer and more."""
    return [(12, 12), (5, 12), (12, 5)] if traits.cross else [(12, 12)]
