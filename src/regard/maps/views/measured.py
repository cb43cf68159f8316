"""The metrics of all heads of a layer, by name."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import final

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from regard.maps import metrics
from regard.maps.contribution import shares
from regard.maps.look import LayerMaps

Numbers = Float[Tensor, " heads"]


@final
@dataclass(frozen=True, eq=False)
class Layout:
    """Where the positions of an example lie, and what stands there."""

    apart: Float[Tensor, "n n"]
    """From position to position: steps in a sequence, patches in an image."""
    prefix: int
    """Positions in front that lie nowhere, such as a class token."""
    tokens: Int64[Tensor, " n"] | None
    """None where they are no tokens."""


def measured(layer: LayerMaps, layout: Layout | None) -> dict[str, tuple[float | None, ...]]:
    """A number for each head, by name; None where a head has none. Of a layer without maps there are none.

    Those of reading are of the weights where there are any, else of the shares of contributions. layout: of
    the positions that both read and are read; None where those are of two sequences.
    """
    read = layer.maps.get("weights")
    if read is None and "contribution" in layer.maps:
        read = shares(layer.maps["contribution"])
    operator = layer.maps.get("operator")
    if read is None or operator is None:
        return {}
    allowed = layer.call.allowed(operator)
    found = {"entropy": metrics.entropy(read, allowed), "confidence": metrics.confidence(read)}
    if layout is not None:
        found |= _of_places(read, allowed, layout)
    found |= _of_operator(operator)
    return {name: _told(numbers) for name, numbers in found.items()}


def _of_places(
    p: Float[Tensor, "heads n m"], allowed: Bool[Tensor, "n m"], layout: Layout
) -> dict[str, Numbers]:
    placed = slice(layout.prefix, None)
    first = torch.arange(p.shape[2], device=p.device) < max(layout.prefix, 1)
    found = {
        "relative distance": metrics.relative_distance(
            p[:, placed, placed], layout.apart, allowed[placed, placed]
        ),
        "itself": metrics.itself(p),
        "class token" if layout.prefix else "first": metrics.at(p, first),
    }
    if layout.tokens is not None:
        found |= {"previous": metrics.previous(p), "duplicate": metrics.duplicate(p, layout.tokens)}
    return found


def _of_operator(operator: Float[Tensor, "heads n m"]) -> dict[str, Numbers]:
    each: dict[str, Callable[[Tensor], Tensor]] = {
        "nothing": metrics.nothing,
        "effective rank": metrics.effective_rank,
        "negative mass": metrics.negative_mass,
        "row sum spread": metrics.row_sum_spread,
    }
    return {name: metric(operator) for name, metric in each.items()}


def _told(numbers: Numbers) -> tuple[float | None, ...]:
    return tuple(None if math.isnan(number) else number for number in numbers.tolist())
