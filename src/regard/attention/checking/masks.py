"""Masks drawn for a law: of each part in the table of parts that a mechanism declares."""

from collections.abc import Mapping
from dataclasses import fields, replace

import torch
from jaxtyping import Bool
from torch import Tensor

from regard.attention.bias import Bias, alibi_slopes
from regard.attention.mask import Mask
from regard.attention.mask_parts import MASK_PARTS
from regard.attention.mechanism import Mechanism
from regard.attention.size import Size
from regard.core.randomness import generator_of

EXTENT = 4
"""The largest offset for which the table of biases has a column of its own."""

DOCUMENTS = 3
"""Documents that lie side by side."""


def paddings(b: int, m: int) -> dict[str, Bool[Tensor, "b m"]]:
    """Readable keys by where the padding lies. Each example hides another number, none of them all."""
    position, hidden = torch.arange(m), torch.arange(b).unsqueeze(1) + max(m // 4, 1)
    scattered = torch.rand(b, m, generator=generator_of(0, "conformance", "padding")) < 0.7
    scattered[:, m // 2] = True
    return {"at the end": position < m - hidden, "at the start": position >= hidden, "scattered": scattered}


def declared_masks(*mechanisms: Mechanism, n: int, m: int | None = None, b: int = 2) -> dict[str, Mask]:
    """By name: no mask, each declared part alone, causal with padding and with a start, and all at once.

    Of several mechanisms the parts that all of them declare. Only fewer queries than keys have a start, and
    only as many at most lie in documents.
    """
    parts = {
        name: mask
        for name, mask in each_part(mechanisms[0].size, b, n, n if m is None else m).items()
        if all(getattr(each.traits, MASK_PARTS[name].trait) for each in mechanisms)
    }
    masks = {"no mask": Mask(), **parts}
    for other in ("keys", "start"):
        if "causal" in parts and other in parts:
            masks[f"causal and {other}"] = joined(parts["causal"], parts[other])
    if len(parts) > 2:
        masks["all parts at once"] = joined(*parts.values())
    return masks


def causal_masks(mechanism: Mechanism, n: int, b: int = 2) -> dict[str, Mask]:
    """By name: causal alone, with each other declared part, with padding anywhere, and with all at once."""
    causal = Mask(causal=True)
    declared = declared_masks(mechanism, n=n, b=b)
    others = {name: mask for name, mask in declared.items() if not name.startswith("causal")}
    if mechanism.traits.padding:
        others |= {f"padding {place}": Mask(keys=keys) for place, keys in paddings(b, n).items()}
        del others["keys"]
    return {f"causal, {name}": joined(causal, mask) for name, mask in others.items()}


def extremes(masks: Mapping[str, Mask]) -> dict[str, Mask]:
    """Those of fewest and of most parts, for what takes too long to be tried under every mask."""
    names = sorted(masks, key=lambda name: len(masks[name].parts))
    return {name: masks[name] for name in (names[0], names[-1])}


def each_part(size: Size, b: int, n: int, m: int) -> dict[str, Mask]:
    """A mask with nothing but one part, by the name of the part, for all that n queries and m keys allow."""
    source = generator_of(0, "conformance", "masks")
    h = size.heads
    masks = {
        "causal": Mask(causal=True),
        "keys": Mask(keys=paddings(b, m)["scattered"]),
        "edges": Mask(edges=torch.rand(b, n, m, generator=source) < 0.5),
        "window": Mask(window=max(m // 8, 1)),
        "segments": Mask(segments=(torch.arange(m) * DOCUMENTS // m).expand(b, m)),
        "start": Mask(start=max(m - n, 0)),
        "slopes": Mask(bias=Bias(slopes=alibi_slopes(h))),
        "table": Mask(bias=Bias(table=torch.randn(h, 2 * EXTENT + 1, generator=source))),
        "dense": Mask(bias=Bias(dense=torch.randn(b, h, n, m, generator=source))),
    }
    assert masks.keys() == MASK_PARTS.keys()
    return {name: mask for name, mask in masks.items() if mask.parts and mask.misfit(b, n, m) is None}


def joined(*masks: Mask) -> Mask:
    """One mask with the parts of all."""
    given = {name: mask for mask in masks for name in mask.parts}
    biases = {field.name for field in fields(Bias)} & given.keys()
    bias = Bias(**{name: getattr(given[name].bias, name) for name in biases})
    return Mask(**{name: getattr(given[name], name) for name in given.keys() - biases}, bias=bias)


def over_first(mask: Mask, n: int) -> Mask:
    """The mask of the first n queries, over all keys."""
    bias, edges = mask.bias, mask.edges
    return replace(
        mask,
        edges=None if edges is None else edges[:, :n],
        bias=bias if bias.dense is None else replace(bias, dense=bias.dense[..., :n, :]),
    )
