"""Keys and values with fewer heads than queries."""

from collections.abc import Iterator
from typing import Any, final

import torch
from torch import Tensor

from regard.laws import Case
from regard.laws.figures import change
from regard.models.attention import Attention
from regard.models.checking.law import LayerLaw
from regard.models.checking.subject import HEADS, LayerSubject, draw


@final
class GroupedHeads(LayerLaw):
    """With g heads of keys and values a layer gives what h heads with equal weights in each group give."""

    def exempt(self, subject: LayerSubject) -> str | None:
        return None if subject.takes(key_heads=1) else "reads no keys and values"

    def measure(self, subject: LayerSubject) -> Iterator[Case]:
        x = draw()
        for g in (1, 2):
            for name, more in subject.convolved().items():
                grouped, full = subject.build(key_heads=g, **more), subject.build(**more)
                full.load_state_dict(_expanded(grouped, full, HEADS // g))
                yield f"{g} heads, {name}", change(grouped(x), full(x))


def _expanded(grouped: Attention, full: Attention, group: int) -> dict[str, Any]:
    """The weights of the grouped layer, those of each key head repeated for every head of its group."""
    wanted = full.state_dict()
    return {
        name: value if value.shape == wanted[name].shape else _repeated(value, group)
        for name, value in grouped.state_dict().items()
    }


def _repeated(weight: Tensor, group: int) -> Tensor:
    heads = weight.view(HEADS // group, -1, *weight.shape[1:])
    return torch.repeat_interleave(heads, group, 0).flatten(0, 1)
