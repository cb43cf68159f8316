"""The logit lens: what a model would answer if a layer were its last."""

from typing import Any

import torch
from torch import Tensor, nn

from regard.maps.look import called
from regard.models import Transformer


@torch.no_grad()
def logits_by_layer(model: nn.Module, *given: Any) -> tuple[Tensor, ...]:
    """The logits that the readout makes of the residual stream behind each block, for the model in evaluation
    mode; the last are the model's own. Empty for a model without blocks and a readout.

    Source: nostalgebraist 2020; Belrose et al. 2023, arXiv 2303.08112, section 2.
    """
    if not isinstance(model, Transformer):
        return ()
    streams: list[Tensor] = []
    seen: list[tuple[Any, ...]] = []
    handles = [block.register_forward_hook(lambda _, __, x: streams.append(x)) for block in model.blocks]
    handles.append(model.readout.register_forward_pre_hook(lambda _, given: seen.append(given)))
    try:
        called(model, given)
    finally:
        for handle in handles:
            handle.remove()
    ((_, keys),) = seen
    return tuple(model.readout(x, keys) for x in streams)
