"""What a head is worth: how the answer changes when it is switched off."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch
from jaxtyping import Float
from torch import Tensor, nn

from regard.core.errors import InvalidOption
from regard.maps.junction import Ablation, BeforeModule, Junction
from regard.maps.layers import attention_layers


@contextmanager
def without_head(model: nn.Module, layer: str, head: int, kind: Ablation = "zero") -> Iterator[None]:
    """Inside, a head of a layer of this package gives something else.

    It is replaced where the heads lie side by side, in front of the output projection, so that with zeros the
    layer's output changes by just what the head has added. Raises `InvalidOption` for a layer or a head that
    there is not.
    """
    known = junctions(model)
    if layer not in known:
        raise InvalidOption(f"The model has no attention layer '{layer}'. It has: {', '.join(known)}.")
    if not 0 <= head < known[layer].heads:
        message = f"The layer '{layer}' has no head {head}: it has {known[layer].heads}, counted from 0."
        raise InvalidOption(message)
    with known[layer].without(head, kind):
        yield


@torch.no_grad()
def importance(
    model: nn.Module, answer: Callable[[], Float[Tensor, ""]], kind: Ablation = "zero"
) -> dict[str, Float[Tensor, " h"]]:
    """By how much `answer`, which asks the model, changes without each head; by layer of this package.

    For a loss, what is above 0 is missed. Source: Michel et al. 2019, arXiv 1905.10650.
    """
    whole = answer()
    return {name: changes(each, answer, whole, kind) for name, each in junctions(model).items()}


@torch.no_grad()
def changes(
    junction: Junction, answer: Callable[[], Float[Tensor, ""]], whole: Float[Tensor, ""], kind: Ablation
) -> Float[Tensor, " h"]:
    """By how much `answer` changes without each head of one layer. whole: what it is with all of them."""
    without = []
    for head in range(junction.heads):
        with junction.without(head, kind):
            without.append(answer() - whole)
    return torch.stack(without)


def junctions(model: nn.Module) -> dict[str, Junction]:
    """Those of the layers of this package, by name."""
    layers = attention_layers(model).items()
    return {name: BeforeModule(layer.size.h, layer.output) for name, layer in layers}
