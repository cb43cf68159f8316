"""What moves change: a channel of a module's output, the residual stream along a direction, or a weight."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, Protocol, Self, final

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor


class Changes(Protocol):
    """k changes of one kind, each for itself."""

    def __len__(self) -> int: ...

    def __getitem__(self, chosen: slice | Int64[Tensor, " p"], /) -> Self: ...

    @property
    def acting(self) -> Bool[Tensor, " p"]:
        """Which of them change anything at all."""
        ...


@final
@dataclass(frozen=True, eq=False)
class Channels:
    """k changes, each of one channel of a module's output, at t positions of all sequences."""

    channels: Int64[Tensor, " p"]
    amounts: Float[Tensor, "p tokens"]
    """What is added to the channel at each position."""

    def __len__(self) -> int:
        return len(self.channels)

    def __getitem__(self, chosen: slice | Int64[Tensor, " p"]) -> Self:
        return type(self)(self.channels[chosen], self.amounts[chosen])

    @property
    def acting(self) -> Bool[Tensor, " p"]:
        """Those that change something somewhere."""
        return self.amounts.any(1)

    def along(self, directions: Float[Tensor, "channels c"]) -> "RankOne":
        """Changes of what the module writes to, where channel i writes along row i."""
        return RankOne(self.amounts, directions[self.channels])


@final
@dataclass(frozen=True, eq=False)
class RankOne:
    """k changes of features c at t positions, each an outer product of amounts and one direction."""

    amounts: Float[Tensor, "p tokens"]
    directions: Float[Tensor, "p c"]

    def at(self, rows: Int64[Tensor, " n"] | None) -> Self:
        """The same at some of the positions; None means all."""
        return self if rows is None else type(self)(self.amounts[:, rows], self.directions)

    def __len__(self) -> int:
        return len(self.amounts)

    def __getitem__(self, chosen: slice | Int64[Tensor, " p"]) -> Self:
        return type(self)(self.amounts[chosen], self.directions[chosen])

    @property
    def acting(self) -> Bool[Tensor, " p"]:
        """Those that change something somewhere."""
        return self.amounts.any(1)

    def added_to(self, x: Float[Tensor, "tokens c"]) -> Float[Tensor, "p tokens c"]:
        """What x becomes by each of them."""
        return torch.addcmul(x, self.amounts.unsqueeze(2), self.directions.unsqueeze(1))


@final
@dataclass(frozen=True, eq=False)
class Replaced:
    """k changes of single numbers of one parameter."""

    indices: Int64[Tensor, " p"]
    """Row by row."""
    deltas: Float[Tensor, " p"]

    def __len__(self) -> int:
        return len(self.indices)

    def __getitem__(self, chosen: slice | Int64[Tensor, " p"]) -> Self:
        return type(self)(self.indices[chosen], self.deltas[chosen])

    @property
    def acting(self) -> Bool[Tensor, " p"]:
        """Those that change the number."""
        return self.deltas != 0


def joined(changes: Sequence[Any]) -> Any:
    """Changes of one kind one after another."""
    first = changes[0]
    if len(changes) == 1:
        return first
    return type(first)(
        *(torch.cat([getattr(each, field.name) for each in changes]) for field in fields(first))
    )
