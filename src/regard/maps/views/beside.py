"""What stands beside the maps of a layer, and is found by running the model again."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, final

from jaxtyping import Float
from torch import Tensor, nn

from regard.core.results.lens import Guess, LayerView, ScoreView, View
from regard.maps.ablation import importance
from regard.maps.foreign.ablation import foreign_importance
from regard.maps.foreign.layers import ForeignLayer
from regard.maps.foreign.logit_lens import logits_behind_blocks
from regard.maps.layers import attention_layers
from regard.maps.logit_lens import logits_by_layer
from regard.maps.look import Look, called, logits_of
from regard.maps.views.scored import taken_apart, with_scores
from regard.training.evaluation.evaluation import evaluating

MOST_HEADS = 256
"""Of a model whose heads are switched off: it runs once for each."""

Guesses = Callable[[Float[Tensor, " classes"]], tuple[Guess, ...]]
"""From logits to the likeliest classes, in words."""


@final
@dataclass(frozen=True, eq=False)
class Beside:
    """That of one layer."""

    scores: ScoreView | str
    """What made its scores, or why they are no sums."""
    ablated: tuple[float, ...] = ()
    """By how much the probability of the first guess changes when each head is switched off."""
    logits: Tensor | None = None
    """What the model would answer if the layer's block were its last."""


def beside(
    model: nn.Module, seen: Look, *given: Any, places: Sequence[int] | None = None
) -> tuple[Beside, ...]:
    """That of every layer of a look, in their order. The model is left as it was.

    places: at which answers are asked for; all of them without.
    """
    with evaluating(model):
        scores = [*taken_apart(model, seen, *given)]
        if seen.logits is None:
            return tuple(Beside(apart) for apart in scores)
        found = zip(scores, _changes(model, seen, given, places), _as_last(model, seen, given), strict=True)
        return tuple(
            Beside(apart, () if changes is None else tuple(changes.tolist()), logits)
            for apart, changes, logits in found
        )


def with_beside(view: View, found: Sequence[Beside], guesses: Guesses) -> View:
    """The view with it. What tells of answers stands beside answers alone."""
    place = view.answers[-1].place if view.answers else None
    pairs = zip(view.layers, found, strict=True)
    return replace(view, layers=tuple(_layer(layer, each, place, guesses) for layer, each in pairs))


def _layer(layer: LayerView, found: Beside, place: int | None, guesses: Guesses) -> LayerView:
    scored = with_scores(layer, found.scores)
    if place is None:
        return scored
    told = () if found.logits is None else guesses(_row(found.logits, place))
    return replace(scored, ablated=found.ablated, guesses=told)


def _row(logits: Float[Tensor, "1 ... classes"], place: int) -> Float[Tensor, " classes"]:
    """The logits at a place, or those of the whole example."""
    return logits[0] if logits.dim() == 2 else logits[0, place]


def _changes(
    model: nn.Module, seen: Look, given: tuple[Any, ...], places: Sequence[int] | None
) -> Sequence[Float[Tensor, " h"] | None]:
    """Without each head; a mean over the places."""

    def rows(logits: Float[Tensor, "1 ... classes"]) -> Float[Tensor, "... classes"]:
        return logits[0] if places is None or logits.dim() == 2 else logits[0, list(places)]

    assert seen.logits is not None
    first = rows(seen.logits).argmax(-1, keepdim=True)

    def share() -> Float[Tensor, ""]:
        return rows(_answered(model, given)).float().softmax(-1).gather(-1, first).mean()

    heads = sum(layer.call.mixed.shape[1] for layer in seen.layers)
    if heads > MOST_HEADS:
        return [None] * len(seen.layers)
    foreign = [layer.call for layer in seen.layers if isinstance(layer.call, ForeignLayer)]
    if foreign:
        return foreign_importance(model, foreign, share)
    changes = importance(model, share)
    return [changes[layer.call.name] for layer in seen.layers]


def _as_last(model: nn.Module, seen: Look, given: tuple[Any, ...]) -> Iterator[Tensor | None]:
    """The logits behind the block of each layer."""
    names = [layer.call.name for layer in seen.layers]
    own = [*attention_layers(model)]
    behind = dict(zip(own, logits_by_layer(model, *given), strict=False))
    if not own:
        behind = logits_behind_blocks(model, lambda: _answered(model, given), names)
    for name in names:
        yield behind.get(name)


def _answered(model: nn.Module, given: tuple[Any, ...]) -> Tensor:
    logits = logits_of(called(model, given))
    assert logits is not None
    return logits
