"""What made the scores of each layer, at the entries that matter."""

import base64
import gzip
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn

from regard.core.errors import UnsupportedUse
from regard.core.results.lens import LayerView, ScoreView
from regard.maps.layers import LayerCall
from regard.maps.look import Look
from regard.maps.score_parts import ScoreParts, score_parts

NUMBERS = 2**14
"""Of a layer, at most: where all entries of all heads would be more, each head keeps its strongest."""

PARTS = 8
"""Of the query, and of the key, that are told one by one where there are more."""


def taken_apart(model: nn.Module, seen: Look, *given: Any) -> Iterator[ScoreView | str]:
    """The scores of every layer of a look at a model in evaluation mode, or why they are no sums."""
    for place, layer in enumerate(seen.layers):
        try:
            parts = score_parts(model, place, *given)
        except UnsupportedUse as reason:
            yield str(reason)
        else:
            assert isinstance(layer.call, LayerCall)
            yield score_view(parts, layer.call.call.weights()[0].detach())


def with_scores(view: LayerView, apart: ScoreView | str) -> LayerView:
    """The view with the layer's scores, or with the reason why they are not taken apart."""
    if isinstance(apart, str):
        return replace(view, refused=dict(view.refused) | {"scores": apart})
    return replace(view, scores=apart)


def score_view(parts: ScoreParts, weights: Float[Tensor, "h n m"]) -> ScoreView:
    """The parts of the scores of the largest weights of each head."""
    h, _, m = weights.shape
    few = len(parts.names) if len(parts.names) <= PARTS + 1 else PARTS
    cells = [_strongest(each, max(1, NUMBERS // (2 * (few + 1) * h))) for each in weights]
    sides = torch.cat([parts.at(head, own // m, own % m) for head, own in enumerate(cells)])
    which = sides.abs().topk(few).indices
    largest = sides.gather(2, which)
    rest = sides.scatter(2, which, 0).sum(2, keepdim=True)
    return ScoreView(
        names=parts.names,
        cells=tuple(tuple(each.tolist()) for each in cells),
        kept=few,
        parts=_packed(which, "<u2"),
        data=_packed(torch.cat([largest, rest], 2), "<f4"),
    )


def _packed(numbers: Tensor, kind: str) -> str:
    # no time stamp: the same scores are the same bytes
    return base64.b64encode(gzip.compress(numbers.cpu().numpy().astype(kind).tobytes(), mtime=0)).decode()


def _strongest(weights: Float[Tensor, "n m"], most: int) -> Tensor:
    """Entries that are read at all, at most so many, from first to last."""
    flat = weights.flatten()
    found = flat.argsort(descending=True, stable=True)[:most]
    return found[flat[found] > 0].sort().values
