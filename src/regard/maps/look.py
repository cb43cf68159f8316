"""All maps of a model on one example, as tensors."""

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, final, get_args

import torch
from jaxtyping import Float
from torch import Tensor, nn

from regard.core.errors import InvalidOption, UnsupportedUse
from regard.core.results.lens import Level
from regard.maps.contribution import contribution
from regard.maps.influence import influence
from regard.maps.layers import LayerCall, attention_layers, captured_layers
from regard.maps.operator import Operator, implied_operator
from regard.maps.relevance import pulls, relevance

LEVELS: tuple[Level, ...] = get_args(Level)

MOST_DIRECTIONS = 64
"""Directions in which a layer's influence is found; where it has more features, by so many random ones."""

READ_BESIDE = 0.01
"""The share of an output that is read of no value, from which on it is told."""

Answer = Callable[[Tensor], Tensor]
"""From the logits of an example to the number whose parts relevance shows."""


@final
@dataclass(frozen=True, eq=False)
class LayerMaps:
    """One layer on one example."""

    call: LayerCall
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

    logits: Tensor
    layers: tuple[LayerMaps, ...]
    """In the order of the calls: a layer that is called twice is there twice."""


def sum_of_first_guesses(logits: Float[Tensor, "b ... classes"]) -> Float[Tensor, ""]:
    """The largest logit of every place where one is answered."""
    return logits.amax(-1).sum()


def look(
    model: nn.Module,
    *given: Any,
    levels: Collection[Level] = LEVELS,
    answer: Answer = sum_of_first_guesses,
) -> Look:
    """The maps of every attention layer of a model, called with one example as it is given: `model(*given)`.

    The model is in evaluation mode inside, and left as it was. Raises `InvalidOption` for a model without an
    attention layer of this package, for several examples at once, and for a level that there is not.
    """
    unknown = [level for level in levels if level not in LEVELS]
    if unknown:
        raise InvalidOption(f"There is no level '{unknown[0]}'. Choose among {', '.join(LEVELS)}.")
    if not attention_layers(model):
        message = f"{type(model).__name__} holds no layer of regard.Attention: there is nothing to look at."
        raise InvalidOption(message)
    with _evaluation(model):
        with torch.enable_grad(), captured_layers(model) as calls:
            logits = model(*given)
        if any(len(call.x) != 1 for call in calls):
            raise InvalidOption(f"The lens looks at one example at a time, and {len(calls[0].x)} were given.")
        slopes = pulls(answer(logits), calls) if "relevance" in levels else (None,) * len(calls)
        layers = [_maps(call, pull, levels) for call, pull in zip(calls, slopes, strict=True)]
    return Look(logits.detach(), tuple(layers))


def _maps(call: LayerCall, pull: Tensor | None, levels: Collection[Level]) -> LayerMaps:
    maps: dict[str, Tensor] = {}
    refused: dict[str, str] = {}
    operator = implied_operator(call.call) if "v" in call.call.streams else None
    for level in levels:
        try:
            maps[level] = _map(level, call, operator, pull)
        except UnsupportedUse as reason:
            refused[level] = str(reason)
    residual = None if operator is None else float(operator.residual.max())
    return LayerMaps(call, maps, refused, residual, tuple(_outside(call, operator)))


def _map(
    level: Level, call: LayerCall, operator: Operator | None, pull: Tensor | None
) -> Float[Tensor, "heads n m"]:
    """One map. Raises `UnsupportedUse` with the reason why there is none."""
    if level == "influence":
        few = MOST_DIRECTIONS if call.output.shape[2] > MOST_DIRECTIONS else None
        return influence(call, probes=few, rng=torch.Generator().manual_seed(0)).unsqueeze(0)
    if level == "weights":
        return _weights(call)
    exact = _exact(call, operator)
    if level == "operator":
        return exact.matrix[0]
    if level == "contribution":
        return contribution(call, exact)[0]
    assert pull is not None
    return relevance(call, exact, pull)[0]


def _weights(call: LayerCall) -> Float[Tensor, "h n m"]:
    mechanism = call.call.mechanism
    if mechanism.traits.mass is None:
        raise UnsupportedUse(f"{mechanism.name} shares nothing out: its operator is what weights would be.")
    with torch.no_grad():
        return call.call.weights()[0]


def _exact(call: LayerCall, operator: Operator | None) -> Operator:
    """The operator, if its product with the values is the output."""
    name = call.call.mechanism.name
    if operator is None:
        raise UnsupportedUse(f"{name} reads no values.")
    if not operator.exact:
        left = f"{100 * float(operator.residual.max()):.1f} %"
        message = f"The output of {name} is no matrix times the values: {left} of it would be left over."
        raise UnsupportedUse(message)
    return operator


def _outside(call: LayerCall, operator: Operator | None) -> Iterator[str]:
    """What is not in the maps of one layer."""
    layer, name = call.layer, call.call.mechanism.name
    beside = _share_beside(call, operator) if operator is not None and operator.exact else 0.0
    if beside >= READ_BESIDE:
        yield f"What {name} reads of learned entries or other streams: {100 * beside:.0f} % of its output."
    if layer.convolutions.names:
        yield "The short convolution before the mixing: a value is that of a few positions."
    if layer.gate is not None:
        yield "The gate on the output: in contribution and influence alone."
    if layer.output_norm is not None:
        yield "The norm of each head's output: in contribution with its scale held, and in influence."


def _share_beside(call: LayerCall, operator: Operator) -> float:
    whole = call.mixed.detach().norm().clamp_min(torch.finfo(call.mixed.dtype).tiny)
    return float(operator.beside.norm() / whole)


@contextmanager
def _evaluation(model: nn.Module) -> Iterator[None]:
    training = model.training
    model.eval()
    try:
        yield
    finally:
        model.train(training)
