"""Inputs, masks and states that do not fit a layer."""

from collections.abc import Iterator
from functools import partial
from typing import Any, final

import torch

from regard.attention.bias import Bias
from regard.attention.mask import Mask
from regard.attention.mask_parts import MASK_PARTS
from regard.laws import Case
from regard.laws.figures import broken_if
from regard.models.attention import Attention
from regard.models.checking.law import LayerLaw
from regard.models.checking.subject import HEADS, LENGTH, LayerSubject, draw
from regard.models.checking.uses import Use, is_refused


@final
class Misfits(LayerLaw):
    """What does not fit raises an error of ours in one line, and never one of torch's."""

    limit = 0.0

    def measure(self, subject: LayerSubject) -> Iterator[Case]:
        for name, more in subject.convolved().items():
            layer = subject.build(**more)
            uses = _inputs(layer) | _masks(subject, layer)
            if subject.traits.cross:
                uses |= _contexts(layer)
            if subject.traits.streaming:
                uses |= _states(layer)
            for what, use in uses.items():
                yield f"{what}, {name}", broken_if(not is_refused(use))


def _inputs(layer: Attention) -> dict[str, Use]:
    given: dict[str, Any] = {
        "without a batch": draw()[0],
        "of four dimensions": draw()[None],
        "of other features": draw()[..., 1:],
        "of whole numbers": draw().long(),
        "of another type": draw().float(),
        "on another device": draw().to("meta"),
        "a list": draw().tolist(),
        "None": None,
    }
    uses: dict[str, Use] = {f"x {name}": partial(layer, x) for name, x in given.items()}
    return uses | {"a tensor for the mask": lambda: layer(draw(), None, torch.ones(LENGTH, LENGTH))}


def _masks(subject: LayerSubject, layer: Attention) -> dict[str, Use]:
    """Each part of a mask that the mechanism declares, with one key too few, and elsewhere."""
    short = LENGTH - 1
    wrong: dict[str, list[Mask]] = {
        "keys": [
            Mask(keys=torch.ones(2, short, dtype=torch.bool)),
            Mask(keys=torch.ones(3, LENGTH, dtype=torch.bool)),
        ],
        "edges": [Mask(edges=torch.ones(2, LENGTH, short, dtype=torch.bool))],
        "segments": [Mask(segments=torch.zeros(2, short, dtype=torch.int64))],
        "slopes": [Mask(bias=Bias(slopes=torch.ones(HEADS + 1)))],
        "table": [Mask(bias=Bias(table=torch.ones(HEADS + 1, 3)))],
        "dense": [Mask(bias=Bias(dense=torch.ones(HEADS, LENGTH, short)))],
    }
    wrong["keys"].append(Mask(keys=torch.ones(2, LENGTH, device="meta", dtype=torch.bool)))
    return {
        f"{part} that do not fit ({i})": partial(layer, draw(), mask=mask)
        for part, masks in wrong.items()
        for i, mask in enumerate(masks)
        if getattr(subject.traits, MASK_PARTS[part].trait)
    }


def _contexts(layer: Attention) -> dict[str, Use]:
    given: dict[str, Any] = {
        "of another batch": draw(b=3),
        "without a batch": draw()[0],
        "of other features": draw()[..., 1:],
        "of another type": draw().float(),
        "on another device": draw().to("meta"),
        "a list": [1.0],
    }
    return {f"context {name}": partial(layer, draw(), it) for name, it in given.items()}


def _states(layer: Attention) -> dict[str, Use]:
    causal, state = Mask(causal=True), layer.initial_state(2)
    nothing: Any = None
    _, later = layer.extend(draw(n=3), causal, state)
    short = torch.ones(2, 3, dtype=torch.bool)
    return {
        "a state of another batch": lambda: layer.extend(draw(b=3), causal, state),
        "a state of other positions": lambda: layer.extend(draw(n=1), causal, later),
        "no state": lambda: layer.extend(draw(n=1), causal, nothing),
        "a mask that is not causal": lambda: layer.extend(draw(n=1), Mask(start=3), later),
        "keys without those of the state": lambda: layer.extend(
            draw(n=1), Mask(causal=True, start=3, keys=short), later
        ),
    }
