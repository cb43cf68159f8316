"""All maps of a model on one example, as tensors."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, final, get_args

import torch
from jaxtyping import Float
from torch import Tensor, nn

from regard.core.errors import InvalidOption, UnsupportedUse
from regard.core.results.lens import Level
from regard.maps.attended import Attended, exactly
from regard.maps.contribution import contribution
from regard.maps.foreign.layers import foreign_layers
from regard.maps.layers import attention_layers, captured_layers
from regard.maps.operator import Operator, implied_operator
from regard.maps.precision import HALVES
from regard.maps.relevance import pulls, relevance
from regard.maps.sequences import by_sequence

LEVELS: tuple[Level, ...] = get_args(Level)

MOST_DIRECTIONS = 64
"""Directions in which a layer's influence is found; where it has more features, by so many random ones."""

Answer = Callable[[Tensor], Tensor]
"""From the logits of an example to the number whose parts relevance shows."""


@final
@dataclass(frozen=True, eq=False)
class LayerMaps:
    """One layer on one example."""

    call: Attended
    maps: dict[str, Float[Tensor, "heads n m"]]
    """By level; those of the whole layer, such as its influence, have one head."""
    refused: dict[str, str]
    """By level: why there is no such map."""
    residual: float | None
    """|A v + beside - output| / |output| of the operator, the largest of all heads."""
    outside: tuple[str, ...]
    """What the maps leave out, a sentence each."""


@final
@dataclass(frozen=True, eq=False)
class Look:
    """One example through one model."""

    logits: Tensor | None
    """What the model answers; None for one that gives no logits."""
    layers: tuple[LayerMaps, ...]
    """In the order of the calls: a layer that is called twice, or that two sequences take, is there twice."""


def sum_of_first_guesses(logits: Float[Tensor, "b ... classes"]) -> Float[Tensor, ""]:
    """The largest logit of every place where one is answered."""
    return logits.amax(-1).sum()


def look(
    model: nn.Module,
    *given: Any,
    levels: Collection[Level] = LEVELS,
    answer: Answer = sum_of_first_guesses,
) -> Look:
    """The maps of every attention layer of a model, called with one example as it is given: `model(*given)`,
    or `model(**given)` for a mapping of names.

    Of a model without layers of this package it is the attention of other libraries that is looked at. The
    model is in evaluation mode inside, and left as it was. Raises `InvalidOption` for several examples at
    once, for none of any length and for a level that there is not, `UnsupportedUse` with the name of a layer
    that cannot be heard, for logits that are no numbers and for a model of this package in half precision.
    """
    unknown = [level for level in levels if level not in LEVELS]
    if unknown:
        raise InvalidOption(f"There is no level '{unknown[0]}'. Choose among {', '.join(LEVELS)}.")
    own = bool(attention_layers(model))
    if own:
        _refuse_half_precision(model)
    listen = captured_layers if own else foreign_layers
    with _evaluation(model):
        with torch.enable_grad(), listen(model) as calls:
            logits = logits_of(called(model, given))
        _refuse_nothing(logits, calls)
        if logits is None or "relevance" not in levels:
            slopes: tuple[Tensor | None, ...] = (None,) * len(calls)
        else:
            slopes = pulls(answer(logits), calls)
        layers = []
        for call, pull in by_sequence(model, [*zip(calls, slopes, strict=True)]):
            _refuse_several(call)
            layers.append(_maps(call, pull, levels))
    return Look(None if logits is None else logits.detach(), tuple(layers))


def called(model: nn.Module, given: tuple[Any, ...]) -> Any:
    """What a model answers to an example as it is given: by place, or by name in one mapping."""
    if len(given) == 1 and isinstance(given[0], Mapping):
        return model(**given[0])
    return model(*given)


def logits_of(output: Any) -> Tensor | None:
    """What the model calls its logits; else the tensor that it gives, or that comes first."""
    found = getattr(output, "logits", output[0] if isinstance(output, tuple) else output)
    return found if isinstance(found, Tensor) else None


def _refuse_half_precision(model: nn.Module) -> None:
    halves = {each.dtype for each in model.parameters()} & {*HALVES}
    if halves:
        kind = str(halves.pop()).removeprefix("torch.")
        raise UnsupportedUse(
            f"{type(model).__name__} computes in {kind}, and regard's own layers are looked at in float32: "
            "give copy.deepcopy(model).float()."
        )


def _refuse_nothing(logits: Tensor | None, calls: Sequence[Attended]) -> None:
    """Raise for an example without positions, and for a model whose answer is no number."""
    if any(0 in call.call.lengths for call in calls):
        raise InvalidOption("The example has no positions, so that nothing is read. Give one that has some.")
    if logits is not None and bool(logits.isnan().any()):
        raise UnsupportedUse(
            "The model answers NaN, so that there is nothing to be seen: are all its weights finite?"
        )


def _refuse_several(call: Attended) -> None:
    if len(call.mixed) != 1:
        raise InvalidOption(
            f"The lens looks at one example at a time, and {len(call.mixed)} were given to "
            f"{call.name or 'the model'}. Give one; windows of a picture count as several."
        )


def _maps(call: Attended, pull: Tensor | None, levels: Collection[Level]) -> LayerMaps:
    maps: dict[str, Tensor] = {}
    refused: dict[str, str] = {}
    operator = implied_operator(call.call) if call.reads_values else None
    for level in levels:
        try:
            maps[level] = _map(level, call, operator, pull)
        except UnsupportedUse as reason:
            refused[level] = str(reason)
    residual = None if operator is None else float(operator.residual.max())
    return LayerMaps(call, maps, refused, residual, tuple(call.outside(operator)))


def _map(
    level: Level, call: Attended, operator: Operator | None, pull: Tensor | None
) -> Float[Tensor, "heads n m"]:
    """One map. Raises `UnsupportedUse` with the reason why there is none."""
    if level == "influence":
        return call.influence(MOST_DIRECTIONS).unsqueeze(0)
    if level == "weights":
        return call.weights(operator)[0]
    exact = exactly(call, operator)
    if level == "operator":
        return exact.matrix[0]
    if level == "contribution":
        return contribution(call, exact)[0]
    return relevance(call, exact, _pulled(pull))[0]


def _pulled(pull: Tensor | None) -> Tensor:
    if pull is None:
        raise UnsupportedUse("The model gives no logits, or none that this layer has a part in.")
    return pull


@contextmanager
def _evaluation(model: nn.Module) -> Iterator[None]:
    training = model.training
    model.eval()
    try:
        yield
    finally:
        model.train(training)
