"""FlexAttention by its definition, on any device and with gradients: torch's own has none on a CPU."""

from typing import Any

import pytest
import torch
from torch import Tensor

from regard.attention import mechanism
from regard.attention.kernels import flex
from regard.attention.kernels.scores import safe_softmax
from regard.attention.precision import widen


def on_any_device(patch: pytest.MonkeyPatch) -> None:
    """Let the form `flex` be preferred on a CPU, too, in every type and at every size."""
    patch.setattr(mechanism, "ENOUGH", 1)
    patch.setattr(flex.Flex, "misfit", lambda form, size, work: None)
    patch.setattr(flex, "attend", _densely)


def _densely(q: Tensor, k: Tensor, v: Tensor, score: Any, blocks: Any, *, scale: float | None) -> Tensor:
    b, h, n, d = q.shape
    place = [torch.arange(size) for size in (b, h, n, n)]
    place = [x.view([-1 if i == dim else 1 for i in range(4)]) for dim, x in enumerate(place)]
    scores = (d**-0.5 if scale is None else scale) * widen(q) @ widen(k).mT
    if score is not None:
        scores = score(scores, *place)
    filled = blocks.to_dense().bool().repeat_interleave(flex.BLOCK, 2).repeat_interleave(flex.BLOCK, 3)
    # a block that is skipped hides pairs, whatever the function of pairs says
    read = blocks.mask_mod(*place) & filled[:, :, :n, :n]
    return safe_softmax(scores.masked_fill(~read, -torch.inf)).to(v.dtype) @ v
