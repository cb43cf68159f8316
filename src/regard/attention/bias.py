"""What is added to scores before they become weights: a small value, dense only where it is given so."""

import math
from dataclasses import dataclass, replace
from typing import final

import torch
from jaxtyping import Float
from torch import Tensor

from regard.attention.precision import widen
from regard.core.errors import InvalidOption


@final
@dataclass(frozen=True, eq=False)
class Bias:
    """The sum of its parts is added to the scores of each pair. An empty bias adds nothing."""

    slopes: Float[Tensor, " h"] | None = None
    """ALiBi (Press et al. 2022, arXiv 2108.12409): slopes · |i - j| is subtracted from a head's scores."""
    table: Float[Tensor, "h offsets"] | None = None
    """One number per head and offset j - i, from -extent to extent (2 extent + 1 columns); farther pairs take
    the nearest column (Shaw et al. 2018, arXiv 1803.02155, section 3.2)."""
    dense: Float[Tensor, "... h n m"] | None = None
    """One number per head and pair, (h, n, m) or (b, h, n, m), as T5 has (Raffel et al. 2020, arXiv
    1910.10683, section 2.1)."""

    def __post_init__(self) -> None:
        if self.table is not None and not self.table.shape[-1] % 2:
            columns = self.table.shape[-1]
            raise InvalidOption(f"Bias: a table has 2 · extent + 1 columns, an odd number, not {columns}.")

    def added(self, offset: Tensor) -> Float[Tensor, "... h n m"] | None:
        """What is added, given key position minus query position, (n, m). None where nothing is."""
        parts = []
        if self.slopes is not None:
            parts.append(-widen(self.slopes)[:, None, None] * offset.abs())
        if self.table is not None:
            extent = self.table.shape[-1] // 2
            parts.append(widen(self.table)[:, (offset.clamp(-extent, extent) + extent)])
        if self.dense is not None:
            parts.append(widen(self.dense))
        if not parts:
            return None
        total = parts[0]
        for part in parts[1:]:
            total = total + part
        return total

    def misfit(self, b: int, h: int, n: int, m: int) -> str | None:
        """What does not fit b sequences, h heads, n queries and m keys, in words; None if everything does."""
        if self.slopes is not None and tuple(self.slopes.shape) not in ((h,), (1,)):
            return f"its part 'slopes' should be ({h},) and is {tuple(self.slopes.shape)}"
        if self.table is not None and (self.table.ndim != 2 or len(self.table) not in (h, 1)):
            return f"its part 'table' should be ({h}, 2 · extent + 1) and is {tuple(self.table.shape)}"
        if self.dense is not None:
            given = tuple(self.dense.shape)
            if given[-2:] != (n, m) or given[-3:-2] not in ((h,), (1,)) or given[:-3] not in ((), (b,), (1,)):
                return f"its part 'dense' should be {(b, h, n, m)} and is {given}"
        return None

    def rows(self, first: int, stop: int) -> "Bias":
        """The bias of the queries from `first` up to `stop`, over the keys before `stop`."""
        return self if self.dense is None else replace(self, dense=self.dense[..., first:stop, :stop])


def alibi_slopes(
    heads: int, dtype: torch.dtype = torch.float32, device: torch.device | None = None
) -> Float[Tensor, " h"]:
    """The slopes of ALiBi: a geometric series from 2^(-8/h), interpolated where h is no power of two."""
    whole = 2 ** math.floor(math.log2(heads))
    first = [2 ** (-8 * (i + 1) / whole) for i in range(whole)]
    between = [2 ** (-8 * (i + 0.5) / whole) for i in range(heads - whole)]
    return torch.tensor(first + between, dtype=dtype, device=device)
