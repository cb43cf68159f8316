"""What is known of layers beside their maps: what made their scores, and what they do to the answer."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, final

from jaxtyping import Float
from torch import Tensor, nn

from regard.core.errors import UnsupportedUse
from regard.core.results.lens import Guess, LayerView, ScoreView
from regard.maps.ablation import changes
from regard.maps.attended import Attended
from regard.maps.junction import Ablation
from regard.maps.logit_lens import logits_by_layer
from regard.maps.look import Look, called, logits_of
from regard.maps.views.scored import taken_apart, with_scores
from regard.training.evaluation.evaluation import evaluating

MOST_HEADS = 256
"""Of a model whose heads are switched off."""

Rows = Callable[[Tensor], Float[Tensor, "places classes"]]
"""From the logits of an example to those of the places where something is asked."""

Guesses = Callable[[Float[Tensor, " classes"]], tuple[Guess, ...]]
"""The likeliest answers of one place, in words."""


@final
@dataclass(frozen=True, eq=False)
class Beside:
    """One layer; in the place of what cannot be had of it stands the reason, in a sentence."""

    scores: ScoreView | str
    ablated: tuple[float, ...] | str
    """By how much the probability of the first guess changes without each head, a mean over the places."""
    last: Float[Tensor, " classes"] | str
    """The logits of the last place if this layer were the last."""


def beside(
    model: nn.Module, seen: Look, given: tuple[Any, ...], rows: Rows, kind: Ablation | None = "zero"
) -> tuple[Beside, ...]:
    """That of every layer of a look at a model, which is called with the same example again.

    kind: what a head that is switched off gives; None where no head is to be. Raises `InvalidOption` for the
    resampling of one example.
    """
    calls = [layer.call for layer in seen.layers]
    with evaluating(model):
        scores = taken_apart(model, seen, *given)
        ablated = _ablated(model, seen, given, rows, kind)
        last = _last(model, calls, given, rows)
        return tuple(Beside(*each) for each in zip(scores, ablated, last, strict=True))


def rows_of(logits: Tensor) -> Float[Tensor, "places classes"]:
    """Those of every place of one example."""
    return logits.flatten(0, -2)


def with_beside(view: LayerView, known: Beside, guesses: Guesses) -> LayerView:
    """The view of a layer with all that, or with the reasons."""
    view = with_scores(view, known.scores)
    reasons: dict[str, str] = {}
    if isinstance(known.ablated, str):
        reasons["ablated"] = known.ablated
    else:
        view = replace(view, ablated=known.ablated)
    if isinstance(known.last, str):
        reasons["guesses"] = known.last
    else:
        view = replace(view, guesses=guesses(known.last))
    return replace(view, refused=dict(view.refused) | reasons)


def _ablated(
    model: nn.Module, seen: Look, given: tuple[Any, ...], rows: Rows, kind: Ablation | None
) -> list[tuple[float, ...] | str]:
    if seen.logits is None:
        return [NO_LOGITS] * len(seen.layers)
    if kind is None:
        return [NOT_ASKED] * len(seen.layers)
    heads = sum(layer.call.mixed.shape[1] for layer in seen.layers)
    if heads > MOST_HEADS:
        reason = f"It has {heads:,} heads, and would be called once for each: at most {MOST_HEADS} are tried."
        return [reason] * len(seen.layers)
    first = rows(seen.logits).argmax(-1, keepdim=True)

    def share() -> Float[Tensor, ""]:
        logits = logits_of(called(model, given))
        assert logits is not None
        return rows(logits).float().softmax(-1).gather(1, first).mean()

    whole = share()
    return [_without_heads(layer.call, share, whole, kind) for layer in seen.layers]


def _without_heads(
    call: Attended, share: Callable[[], Float[Tensor, ""]], whole: Float[Tensor, ""], kind: Ablation
) -> tuple[float, ...] | str:
    try:
        return tuple(changes(call.junction, share, whole, kind).tolist())
    except UnsupportedUse as reason:
        return str(reason)


def _last(
    model: nn.Module, calls: Sequence[Attended], given: tuple[Any, ...], rows: Rows
) -> list[Tensor | str]:
    try:
        found = logits_by_layer(model, [call.name for call in calls], *given)
    except UnsupportedUse as reason:
        return [str(reason)] * len(calls)
    return [OUTSIDE if logits is None else rows(logits)[-1] for logits in found]


NO_LOGITS = "The model gives no logits."

NOT_ASKED = "No head was switched off: switched_off=None."

OUTSIDE = "The answer is not read behind this layer, or is read of a tensor of another shape."
