"""Queries, keys and values drawn for a law, and the masks that a mechanism declares."""

from typing import NamedTuple

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from regard.attention.mask import Mask, alibi_slopes
from regard.attention.size import Size
from regard.attention.traits import Traits
from regard.core.randomness import stream


class Inputs(NamedTuple):
    """What a mechanism mixes; `mechanism(*inputs, mask)` mixes it."""

    q: Float[Tensor, "b h n d"]
    k: Float[Tensor, "b h m d"]
    v: Float[Tensor, "b h m e"]

    def with_grad(self) -> "Inputs":
        """Copies that collect gradients."""
        return Inputs(*(each.detach().clone().requires_grad_() for each in self))

    def first(self, n: int) -> "Inputs":
        """The first n positions."""
        return Inputs(*(each[:, :, :n] for each in self))

    def replaced(self, where: Bool[Tensor, "b n"], other: "Inputs") -> "Inputs":
        """The positions `where` taken from other inputs; queries too, so it is for n = m."""
        chosen = where[:, None, :, None]
        return Inputs(*(torch.where(chosen, new, old) for new, old in zip(other, self, strict=True)))

    def with_queries(self, q: Float[Tensor, "b h n d"]) -> "Inputs":
        """The same keys and values under other queries."""
        return self._replace(q=q)


def draw(
    size: Size,
    *,
    seed: int = 0,
    b: int = 2,
    n: int | None = None,
    m: int | None = None,
    dtype: torch.dtype = torch.float64,
) -> Inputs:
    """Standard normal inputs: n queries (by default as many as the size is long) and m keys (as queries)."""
    n = size.length if n is None else n
    m = n if m is None else m
    source, h = stream(seed, "conformance", "inputs"), size.heads
    q = torch.randn(b, h, n, size.key_features, generator=source, dtype=torch.float64)
    k = torch.randn(b, h, m, size.key_features, generator=source, dtype=torch.float64)
    v = torch.randn(b, h, m, size.value_features, generator=source, dtype=torch.float64)
    return Inputs(q.to(dtype), k.to(dtype), v.to(dtype))


def paddings(b: int, m: int) -> dict[str, Bool[Tensor, "b m"]]:
    """Readable keys by where the padding lies. Each example hides another number, none of them all."""
    position, hidden = torch.arange(m), torch.arange(b).unsqueeze(1) + max(m // 4, 1)
    scattered = torch.rand(b, m, generator=stream(0, "conformance", "padding")) < 0.7
    scattered[:, m // 2] = True
    return {"at the end": position < m - hidden, "at the start": position >= hidden, "scattered": scattered}


def declared_masks(traits: Traits, size: Size, b: int, n: int, m: int) -> dict[str, Mask]:
    """No mask, each declared part of a mask, causal with padding, and all declared parts at once, by name."""
    source = stream(0, "conformance", "masks")
    parts = {
        "causal": Mask(causal=True),
        "padding": Mask(keys=paddings(b, m)["scattered"]),
        "edges": Mask(edges=torch.rand(b, n, m, generator=source) < 0.5),
        "window": Mask(window=max(m // 8, 1)),
        "slopes": Mask(slopes=alibi_slopes(size.heads)),
    }
    declared = {name: mask for name, mask in parts.items() if getattr(traits, name)}
    masks = {"no mask": Mask(), **declared}
    if "causal" in declared and "padding" in declared:
        masks["causal and padding"] = _joined(declared["causal"], declared["padding"])
    if len(declared) > 2:
        masks["all parts at once"] = _joined(*declared.values())
    return masks


def _joined(*masks: Mask) -> Mask:
    given = {name: getattr(mask, name) for mask in masks for name in mask.parts}
    return Mask(**given)
