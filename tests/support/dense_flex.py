"""FlexAttention by its definition, on any device and with gradients: torch's own has none on a CPU."""

from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor

from regard.attention import Size, mechanism
from regard.attention.kernels import flex
from regard.attention.kernels.scores import per_head, safe_softmax
from regard.attention.precision import widen


def on_any_device(patch: pytest.MonkeyPatch) -> None:
    """Let the form `flex` be preferred on a CPU, too, in every type and at every size."""
    misfit, size = flex.Flex.misfit, Size(1, 16, 16, 1)
    fitting = {"device": torch.device("cuda"), "dtype": torch.float32}
    patch.setattr(mechanism, "ENOUGH", 1)
    patch.setattr(flex.Flex, "misfit", lambda form, _, work: misfit(form, size, replace(work, **fitting)))
    patch.setattr(flex, "attend", _densely)


def _densely(q: Tensor, k: Tensor, v: Tensor, score: Any, blocks: Any, scale: float | None) -> Tensor:
    (b, h, n, d), m = q.shape, k.shape[2]
    k, v = per_head(k, h), per_head(v, h)
    place = [torch.arange(size) for size in (b, h, n, m)]
    place = [x.view([-1 if i == dim else 1 for i in range(4)]) for dim, x in enumerate(place)]
    scores = (d**-0.5 if scale is None else scale) * widen(q) @ widen(k).mT
    if score is not None:
        scores = score(scores, *place)
    filled = blocks.to_dense().bool().repeat_interleave(flex.BLOCK, 2).repeat_interleave(flex.BLOCK, 3)
    # a block that is skipped hides pairs, whatever the function of pairs says
    read = blocks.mask_mod(*place) & filled[:, :, :n, :m]
    return safe_softmax(scores.masked_fill(~read, -torch.inf)).to(v.dtype) @ v
