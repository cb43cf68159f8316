"""Where a model embeds each position by itself: there one can be taken away, with all else as it was."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, final

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn
from torch.utils import _pytree as pytree

from regard.core.errors import UnsupportedUse
from regard.maps.look import called

MOST_IN_FRONT = 8
"""Positions that layers may have in front of those that are embedded, such as a class token or registers."""


@final
@dataclass(frozen=True, eq=False)
class Embedding:
    """A module whose output is one vector for each position of the input."""

    module: nn.Module

    @contextmanager
    def only(self, kept: Bool[Tensor, "b m"], common: Float[Tensor, " c"]) -> Iterator[None]:
        """Inside, the same vector is embedded wherever nothing is kept."""

        def replace(_: nn.Module, __: tuple[Any, ...], output: Tensor) -> Tensor:
            changed = torch.where(kept.unsqueeze(-1), by_position(output), common)
            return changed if output.dim() == 3 else changed.mT.reshape_as(output)

        handle = self.module.register_forward_hook(replace)
        try:
            yield
        finally:
            handle.remove()

    @torch.no_grad()
    def vectors(self, model: nn.Module, given: tuple[Any, ...]) -> Float[Tensor, "b m c"]:
        """What is embedded when a model in evaluation mode is called."""
        found: list[Tensor] = []
        handle = self.module.register_forward_hook(lambda _, __, output: found.append(by_position(output)))
        try:
            called(model, given)
        finally:
            handle.remove()
        return found[0]


def by_position(output: Float[Tensor, "..."]) -> Float[Tensor, "b m c"]:
    """The vectors of positions; of a picture those of its patches, row by row."""
    return output if output.dim() == 3 else output.flatten(2).mT


@torch.no_grad()
def embedding_of(model: nn.Module, read: Tensor, given: tuple[Any, ...], n: int) -> Embedding:
    """The first module that makes vectors of what is read, tokens or a picture, and of nothing else.

    n: positions that layers see. Raises `UnsupportedUse` where none is found in a model in evaluation mode.
    """
    found: list[nn.Module] = []

    def compare(module: nn.Module, args: tuple[Any, ...], more: dict[str, Any], output: Any) -> None:
        alone = [*args, *more.values()]
        if len(alone) == 1 and _same(alone[0], read) and _has_positions(output, read, n):
            found.append(module)

    with ExitStack() as ends:
        for part in model.modules():
            ends.callback(part.register_forward_hook(compare, with_kwargs=True).remove)
        called(model, given)
    if not found:
        raise UnsupportedUse(
            f"No module of {type(model).__name__} was found that embeds each position by itself, so that one "
            "could be taken away."
        )
    return Embedding(found[0])


def _same(given: Any, read: Tensor) -> bool:
    return isinstance(given, Tensor) and given.shape == read.shape and torch.equal(given, read)


def _has_positions(output: Any, read: Tensor, n: int) -> bool:
    """Of tokens there is a vector for each; of a picture there may be positions in front of its patches."""
    if not isinstance(output, Tensor) or output.dim() not in (3, 4):
        return False
    m = by_position(output).shape[1]
    return m == n if read.dim() == 2 else n - MOST_IN_FRONT <= m <= n


def repeated(given: Sequence[Any], times: int) -> tuple[Any, ...]:
    """One example several times: every tensor that has a batch of one."""
    return tuple(pytree.tree_map_only(Tensor, lambda x: _repeated(x, times), each) for each in given)


def _repeated(x: Tensor, times: int) -> Tensor:
    return x.repeat_interleave(times, 0) if x.dim() and len(x) == 1 else x
