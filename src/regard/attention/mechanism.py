"""The seam: a mechanism mixes values across positions, after projection, and owns nothing else."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar, Self

from jaxtyping import Float
from torch import Tensor, nn

from regard.attention.cost import Cost
from regard.attention.mask import Mask
from regard.attention.size import Size
from regard.attention.traits import Traits
from regard.core.errors import InvalidOption, UnsupportedMask, UnsupportedUse

State = Any
"""Whatever a streaming mechanism carries from one position to the next: a tuple of tensors."""

DECLARED_AS = {"keys": "padding"}
"""Parts of the mask whose trait has another name."""


class Mechanism(nn.Module, ABC):
    """Abstract. A part of the catalog is a final subclass that takes `size` and keyword-only options."""

    traits: ClassVar[Traits]

    def __init__(self, size: Size) -> None:
        super().__init__()
        self.size = size
        if self.traits.needs_grid and size.grid is None:
            raise UnsupportedUse(
                f"{self.name} needs positions on a grid: use it on images, with Size(grid=...)."
            )

    def __call__(self, q: Tensor, k: Tensor, v: Tensor, mask: Mask = Mask()) -> Tensor:
        """Refuse what the traits do not declare, then mix: no mechanism can forget to look."""
        self.refuse_undeclared(q, k, mask)
        mixed: Tensor = super().__call__(q, k, v, mask)
        return mixed

    @property
    def name(self) -> str:
        """The name in the catalog, which is that of the file; a user's own class has its class name."""
        return name_of(type(self))

    @abstractmethod
    def forward(
        self,
        q: Float[Tensor, "b h n d"],
        k: Float[Tensor, "b h m d"],
        v: Float[Tensor, "b h m e"],
        mask: Mask,
    ) -> Float[Tensor, "b h n e"]:
        """Mix the values. A query that may read nothing gives 0.

        Raises `UnsupportedMask` for a part of the mask, and `UnsupportedUse` for a use (n != m, a length
        beyond a fixed one), that the traits do not declare.
        """

    @abstractmethod
    def cost(self, n: int, m: int) -> Cost:
        """The cost of n queries over m keys, for one example and all heads."""

    def weights(
        self, q: Float[Tensor, "b h n d"], k: Float[Tensor, "b h m d"], mask: Mask
    ) -> Float[Tensor, "b h n m"]:
        """The matrix W with output = W v, computed naively and densely: the reference for `forward`.

        Entries may be negative and rows need not sum to 1, unless the traits say so.
        """
        raise UnsupportedUse(f"{self.name} has no weights: its output is not a matrix times the values.")

    def initial_state(self, b: int) -> State:
        """The state before the first position, for b sequences."""
        raise UnsupportedUse(f"{self.name} does not stream.")

    def step(
        self,
        q: Float[Tensor, "b h d"],
        k: Float[Tensor, "b h d"],
        v: Float[Tensor, "b h e"],
        state: State,
    ) -> tuple[Float[Tensor, "b h e"], State]:
        """One position further: the causal output there, and the state after it (never changed in place)."""
        raise UnsupportedUse(f"{self.name} does not stream.")

    @classmethod
    def toward_softmax(cls, size: Size) -> Sequence[Self]:
        """Mechanisms that come ever nearer to softmax attention; the last is at the declared limit."""
        raise UnsupportedUse(f"{name_of(cls)} has no limit at which it is softmax.")

    def refuse_undeclared(self, q: Tensor, k: Tensor, mask: Mask) -> None:
        """Raise unless the traits declare this use."""
        for part in mask.parts:
            if not getattr(self.traits, DECLARED_AS.get(part, part)):
                raise UnsupportedMask(
                    f"{self.name} does not support the mask's part '{part}'. {self._offer(part)}"
                )
        n, m = q.shape[2], k.shape[2]
        if n != m and not self.traits.cross:
            message = f"{self.name} mixes one sequence with itself: it cannot take {n} queries and {m} keys."
            raise UnsupportedUse(message)
        if self.traits.fixed_length and max(n, m) > self.size.length:
            message = (
                f"{self.name} was built for at most {self.size.length} positions, not {max(n, m)}. "
                f"Build it with a longer length."
            )
            raise UnsupportedUse(message)

    def _offer(self, part: str) -> str:
        if part == "causal":
            return "Choose a causal mechanism, or a task in its masked form."
        return "`regard mechanisms` lists what each one supports."

    def require(self, holds: bool, message: str) -> None:
        """Raise `InvalidOption` with the mechanism's name in front, unless the condition holds."""
        if not holds:
            raise InvalidOption(f"{self.name}: {message}")


def name_of(part: type[Mechanism]) -> str:
    """The name of a mechanism's class in the catalog, or its class name if it is not in the catalog."""
    package, _, file = part.__module__.rpartition(".")
    return file if package == "regard.mechanisms" else part.__name__
