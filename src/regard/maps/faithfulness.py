"""Which map predicts the model: what becomes of an answer when the positions that it names are taken away.

Deletion takes positions away, those first that a map names first: the faster the answer is lost, the better
the map. Insertion puts them back into an empty input: the faster the answer is found, the better. Sources:
Petsiuk et al. 2018, arXiv 1806.07421; Chefer et al. 2021, arXiv 2012.09838, section 4.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import final

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from regard.core.results.lens import Level
from regard.maps.contribution import shares
from regard.maps.look import LayerMaps

PARTS = 10
"""A curve is taken at so many equal steps, from nothing to all."""

Share = Callable[[Bool[Tensor, "times m"]], Float[Tensor, " times"]]
"""The probability of the answer, each time when only some positions are there."""


@final
@dataclass(frozen=True)
class Curves:
    """The probability of an answer, from no position that a map names to all of them."""

    deletion: tuple[float, ...]
    insertion: tuple[float, ...]

    @property
    def deletion_area(self) -> float:
        """Below the curve, by trapezoids: less is better."""
        return _area(self.deletion)

    @property
    def insertion_area(self) -> float:
        """Below the curve, by trapezoids: more is better."""
        return _area(self.insertion)


def named_positions(layers: Sequence[LayerMaps], level: Level, place: int) -> Float[Tensor, " m"] | None:
    """How much each position says to an answer that is read at one place, by one level of maps.

    Relevance is of the answer already: all that is above 0 is summed. Of any other level the sizes of entries
    are rolled out through the layers, the mean of the heads beside the residual stream. None where one has
    no such map, or has other keys than queries.
    """
    maps = [layer.maps[level] for layer in layers if level in layer.maps]
    if len(maps) < len(layers) or any(each.shape[1] != each.shape[2] for each in maps):
        return None
    if level == "relevance":
        return torch.stack([each.clamp_min(0).sum((0, 1)) for each in maps]).sum(0)
    through = torch.zeros_like(maps[0][0, 0])
    through[place] = 1
    for each in reversed(maps):
        through = (through + through @ shares(each.abs()).mean(0)) / 2
    return through


def curves(share: Share, scores: Float[Tensor, " m"], kept: int = 0) -> Curves:
    """Take positions away, and put them back, in the falling order of their scores.

    kept: positions in front that stay there in any case, such as a class token.
    """
    order = kept + scores[kept:].argsort(descending=True)
    counts = [round(part * len(order) / PARTS) for part in range(PARTS + 1)]
    gone = [order[:count] for count in counts] + [order[count:] for count in counts]
    answers = share(torch.stack([_without(each, len(scores)) for each in gone])).tolist()
    return Curves(deletion=tuple(answers[: len(counts)]), insertion=tuple(answers[len(counts) :]))


def _without(gone: Tensor, m: int) -> Bool[Tensor, " m"]:
    there = torch.ones(m, dtype=torch.bool)
    there[gone] = False
    return there


def _area(curve: Sequence[float]) -> float:
    return float(torch.trapezoid(torch.tensor(curve, dtype=torch.float64), dx=1 / (len(curve) - 1)))
