"""What a head is worth: how the answer changes when it is switched off."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal, get_args

import torch
from jaxtyping import Float
from torch import Tensor, nn

from regard.core.errors import InvalidOption
from regard.maps.layers import attention_layers
from regard.models import Attention

Ablation = Literal["zero", "mean", "resample"]
"""What a head gives instead: nothing; its mean over examples and positions; what it gives for another one."""


@contextmanager
def without_head(model: nn.Module, layer: str, head: int, kind: Ablation = "zero") -> Iterator[None]:
    """Inside, a head of a layer gives something else.

    It is replaced where the heads lie side by side, in front of the output projection, so that with zeros the
    layer's output changes by just what the head has added. Raises `InvalidOption` for a layer or a head that
    there is not.
    """
    attention = _layer(model, layer)
    if not 0 <= head < attention.size.h:
        message = f"The layer '{layer}' has no head {head}: it has {attention.size.h}, counted from 0."
        raise InvalidOption(message)
    change = _CHANGES[kind]
    e = attention.size.e
    own = slice(head * e, (head + 1) * e)

    def replaced(_: nn.Module, given: tuple[Tensor]) -> tuple[Tensor]:
        heads = given[0].clone()
        heads[..., own] = change(heads[..., own])
        return (heads,)

    handle = attention.output.register_forward_pre_hook(replaced)
    try:
        yield
    finally:
        handle.remove()


@torch.no_grad()
def importance(
    model: nn.Module, answer: Callable[[], Float[Tensor, ""]], kind: Ablation = "zero"
) -> dict[str, Float[Tensor, " h"]]:
    """By how much `answer`, which asks the model, changes without each head; by layer.

    For a loss, what is above 0 is missed. Source: Michel et al. 2019, arXiv 1905.10650.
    """
    whole, changes = answer(), {}
    for name, layer in attention_layers(model).items():
        without = []
        for head in range(layer.size.h):
            with without_head(model, name, head, kind):
                without.append(answer() - whole)
        changes[name] = torch.stack(without)
    return changes


def _layer(model: nn.Module, name: str) -> Attention:
    layers = attention_layers(model)
    if name not in layers:
        raise InvalidOption(f"The model has no attention layer '{name}'. It has: {', '.join(layers)}.")
    return layers[name]


def _mean(heads: Float[Tensor, "b n e"]) -> Float[Tensor, "1 1 e"]:
    return heads.mean((0, 1), keepdim=True)


def _of_another(heads: Float[Tensor, "b n e"]) -> Float[Tensor, "b n e"]:
    if len(heads) == 1:
        raise InvalidOption("What a head gives for another example needs several examples at once.")
    return heads.roll(1, 0)


_CHANGES: dict[str, Callable[[Tensor], Tensor]] = {
    "zero": torch.zeros_like,
    "mean": _mean,
    "resample": _of_another,
}
assert set(_CHANGES) == set(get_args(Ablation))
