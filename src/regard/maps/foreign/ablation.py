"""What a head of another library's model is worth."""

from collections.abc import Callable, Sequence
from functools import partial

import torch
from jaxtyping import Float
from torch import Tensor, nn

from regard.maps.foreign.calls import foreign_calls
from regard.maps.foreign.layers import ForeignLayer


@torch.no_grad()
def foreign_importance(
    model: nn.Module, layers: Sequence[ForeignLayer], answer: Callable[[], Float[Tensor, ""]]
) -> list[Float[Tensor, " h"] | None]:
    """By how much `answer`, which asks the model, changes without each head; layer by layer.

    What a head gave becomes 0 before anything else is done with it. None for a layer that was heard beside
    the model, which goes on with something else. For each head the model runs once.
    """
    whole = answer()

    def change(place: int, head: int) -> Float[Tensor, ""]:
        with foreign_calls(model, partial(_without, place, head)):
            return answer() - whole

    return [
        None
        if layer.call.beside
        else torch.stack([change(place, head) for head in range(layer.mixed.shape[1])])
        for place, layer in enumerate(layers)
    ]


def _without(place: int, head: int, heard: int, mixed: Float[Tensor, "b h n e"]) -> Float[Tensor, "b h n e"]:
    if heard != place:
        return mixed
    silenced = mixed.clone()
    silenced[:, head] = 0
    return silenced
