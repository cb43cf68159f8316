"""Tables that follow from constants: computed in float32 at least, whatever a module is converted to."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Self

import torch
from torch import Tensor, nn


class ComputedTable(nn.Module, ABC):
    """Abstract. Holds a table that is neither learned nor saved, in float32 at least.

    Half precision would round what the table is computed from: with frequencies of 8 bits, positions 300 and
    301 are one. Whenever the module is converted or moved, also from the meta device, the table is computed
    anew: in float64 for a module of float64, else in float32. A subclass calls `renew` once it can compute.
    """

    table: Tensor

    @abstractmethod
    def compute(self, dtype: torch.dtype, device: torch.device | None) -> Tensor:
        """The table in this type, on this device."""

    def renew(self, dtype: torch.dtype = torch.float32, device: torch.device | None = None) -> None:
        """Compute the table anew, in float32 at least."""
        table = self.compute(wide(dtype), device)
        self.register_buffer("table", table, persistent=False)

    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> Self:
        before = self.table
        super()._apply(fn, recurse)  # type: ignore[no-untyped-call]  # torch leaves it untyped
        if self.table is not before:
            self.renew(self.table.dtype, self.table.device)
        return self


def wide(dtype: torch.dtype) -> torch.dtype:
    """The type itself, or float32 if it is narrower."""
    return torch.promote_types(dtype, torch.float32)
