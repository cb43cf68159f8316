"""Where the heads of a layer lie side by side, before they enter its output, and can be switched off."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Literal, final, get_args

import torch
from jaxtyping import Float
from torch import Tensor, nn

from regard.core.errors import InvalidOption

Ablation = Literal["zero", "mean", "resample"]
"""What a head gives instead: nothing; its mean over examples and positions; what it gives for another one."""


@dataclass(frozen=True, eq=False)
class Junction(ABC):
    """The heads of one layer."""

    heads: int

    @abstractmethod
    def without(self, head: int, kind: Ablation) -> AbstractContextManager[None]:
        """Inside, the head gives something else. Raises `InvalidOption` for the resampling of one example."""


@final
@dataclass(frozen=True, eq=False)
class BeforeModule(Junction):
    """The heads are what a module is given, and nothing else."""

    module: nn.Module
    call: int | None = None
    """Which call of the module in a pass is meant, from 0 on; None for all."""

    @contextmanager
    def without(self, head: int, kind: Ablation) -> Iterator[None]:
        calls = 0

        def replace(_: nn.Module, given: tuple[Tensor]) -> tuple[Tensor] | None:
            nonlocal calls
            calls += 1
            if self.call not in (None, calls - 1):
                return None
            e = given[0].shape[-1] // self.heads
            own = slice(head * e, (head + 1) * e)
            heads = given[0].clone()
            # a module may be given the positions of its one example without a batch
            several = heads if heads.dim() > 2 else heads.unsqueeze(0)
            several[..., own] = instead(several[..., own], kind)
            return (heads,)

        handle = self.module.register_forward_pre_hook(replace)
        try:
            yield
        finally:
            handle.remove()


def instead(head: Float[Tensor, "b n e"], kind: Ablation) -> Float[Tensor, "b n e"]:
    """What a head gives when it is switched off. Raises `InvalidOption` for the resampling of one example."""
    return _INSTEAD[kind](head)


def _mean(head: Float[Tensor, "b n e"]) -> Float[Tensor, "b n e"]:
    return head.mean((0, 1), keepdim=True).expand_as(head)


def _of_another(head: Float[Tensor, "b n e"]) -> Float[Tensor, "b n e"]:
    if len(head) == 1:
        raise InvalidOption("What a head gives for another example needs several examples at once.")
    return head.roll(1, 0)


_INSTEAD: dict[str, Callable[[Tensor], Tensor]] = {
    "zero": torch.zeros_like,
    "mean": _mean,
    "resample": _of_another,
}
assert set(_INSTEAD) == set(get_args(Ablation))
