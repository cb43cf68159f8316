"""The contract of a mechanism: it mixes values across positions, after projection, and nothing else."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, Self, TypeVar, final

import torch
from jaxtyping import Float
from torch import Tensor, nn

from regard.attention.cost import Cost
from regard.attention.guard import guard_entries
from regard.attention.kernel_form import ENOUGH, KernelForm, Workload
from regard.attention.mask import Mask
from regard.attention.size import Size
from regard.attention.streams import Stream, Streams, declare
from regard.attention.traits import Traits
from regard.core.errors import InvalidOption, UnsupportedUse
from regard.core.lazy import lazy

M = TypeVar("M", bound="Mechanism")

State = Any
"""What a streaming mechanism carries from one piece to the next: nested containers of tensors."""


class Mechanism(nn.Module, ABC):
    """Abstract. A part of the catalog is a final subclass that takes `size` and keyword-only options.

    It defines `forward` and `cost`; `weights` where its output is a matrix times the values; `initial_state`
    and `extend` where it streams. All of these and `toward` are guarded: a use that its traits do not declare
    raises before they run, however they are called.
    """

    traits: Traits
    """What the class claims. An option that claims more or less replaces it in the constructor."""
    forms: ClassVar[tuple[str, ...]] = ("plain",)
    """The ways in which it can compute the same thing on every device, the plainest first."""
    absent: str = ""
    """Which of the layer's projections it is to be without: some of the letters `qkvo`."""
    kernel_form: KernelForm | None = None
    """One more, for one kind of device."""

    def __init_subclass__(cls, **more: Any) -> None:
        super().__init_subclass__(**more)
        guard_entries(cls)

    def __init__(self, size: Size) -> None:
        super().__init__()
        if not hasattr(self, "traits"):
            raise InvalidOption(
                f"{self.name} declares no traits: give it `traits = Traits(source=..., ...)`."
            )
        self.size = size
        self.forced_form: str | None = None
        if self.traits.needs_grid and size.grid is None:
            raise UnsupportedUse(
                f"{self.name} needs positions on a grid: use it on images, with Size(grid=...)."
            )

    @lazy
    def name(self) -> str:
        """The name in the catalog, which is that of the file; a user's own class has its class name."""
        return name_of(type(self))

    def streams(self) -> Streams[Any]:
        """Which streams it reads, each as a `Stream` or as its features per head: here q, k and v.

        The shell projects each from the layer's input. Rotary positions turn q and k only.
        """
        return Streams(q=self.size.d, k=self.size.d, v=self.size.e)

    @lazy
    def declared(self) -> Streams[Stream]:
        """The streams in full."""
        return declare(self.streams())

    def heads_of(self, name: str) -> int:
        """Heads in the tensor of a stream: 1 where all share it, g for keys and values taken as they are."""
        return self._heads[name]

    @lazy
    def _heads(self) -> dict[str, int]:
        grouped = {name for name, stream in self.declared.items() if stream.grouped}
        taken = dict.fromkeys(grouped | ({"k", "v"} if self.traits.grouped else set()), self.size.g)
        return {
            name: 1 if stream.shared else taken.get(name, self.size.h)
            for name, stream in self.declared.items()
        }

    @abstractmethod
    def forward(self, streams: Streams[Tensor], mask: Mask) -> Float[Tensor, "b h n e"]:
        """Mix the values. A query that may read nothing gives 0.

        Raises `UnsupportedMask` for a part of the mask, and `UnsupportedUse` for a use (n != m, a length
        beyond a fixed one), that the traits do not declare.
        """

    @abstractmethod
    def cost(self, n: int, m: int, mask: Mask = Mask()) -> Cost:
        """The cost of n queries over m keys under a mask, for one example and all heads, by the best form.

        Of what streams, a mask with a `start` is that of going on: the keys before it are in the state.
        """

    def weights(self, streams: Streams[Tensor], mask: Mask) -> Float[Tensor, "b h n m"]:
        """The matrix W with output = W v, computed naively and densely: the reference for `forward`.

        Entries may be negative and rows need not sum to 1, unless the traits say so.
        """
        raise UnsupportedUse(f"{self.name} has no weights: its output is not a matrix times the values.")

    def initial_state(self, b: int, device: torch.device | None = None) -> State:
        """The state before the first position, for b sequences."""
        raise UnsupportedUse(f"{self.name} does not stream.")

    def extend(
        self, streams: Streams[Tensor], mask: Mask, state: State
    ) -> tuple[Float[Tensor, "b h n e"], State]:
        """Go on by n further positions, any number of them: what they read, and the state after them.

        `mask` is that of the new queries over all keys so far, old and new (`Mask.rows`): causal, `start`
        being the number of positions in the state. Any cut of a sequence into pieces gives what `forward`
        gives at once. The state that is given is never changed in place.
        """
        raise UnsupportedUse(f"{self.name} does not stream.")

    @classmethod
    def toward(cls, name: str, size: Size) -> "Sequence[Near[Self]]":
        """Settings that approach the relative of that name; the last is the one that the tie declares."""
        raise UnsupportedUse(f"{name_of(cls)} has no setting at which it is {name}.")

    def auxiliary(self) -> Float[Tensor, ""] | None:
        """A penalty that training adds to the loss, such as that of a span; None if it has none."""
        return None

    def form_for(self, streams: Streams[Tensor], mask: Mask) -> str:
        """The form that mixes these streams: the one that is forced, or the best."""
        return self.form_of(Workload.of(streams, mask))

    def form_of(self, work: Workload) -> str:
        """The same for streams that are not at hand."""
        if self.forced_form is not None:
            return self.forced_form
        kernel = self.kernel_form
        if kernel is not None and self.prefers_kernel(work) and kernel.misfit(self.size, work) is None:
            return kernel.name
        return self.best_form(work.n)

    def prefers_kernel(self, work: Workload) -> bool:
        """Whether its kernel, if that can do the work, is better than the other forms."""
        return work.n >= ENOUGH

    def best_form(self, n: int) -> str:
        """The form for every device that is fastest for n queries: here the last."""
        return self.forms[-1]

    @property
    def all_forms(self) -> tuple[str, ...]:
        """The names of all forms, that of its kernel included."""
        return self.forms if self.kernel_form is None else (*self.forms, self.kernel_form.name)

    def require(self, holds: bool, message: str) -> None:
        """Raise `InvalidOption` with the mechanism's name in front, unless the condition holds."""
        if not holds:
            raise InvalidOption(f"{self.name}: {message}")

    def require_positive(self, **options: int) -> None:
        """Raise `InvalidOption` for the first option that is below 1."""
        for option, given in options.items():
            self.require(given >= 1, f"{option} must be at least 1, not {given}.")


@final
@dataclass(frozen=True)
class Near(Generic[M]):
    """A mechanism near to a relative, and the streams with which it is."""

    mechanism: M
    given: Callable[[Streams[Tensor]], Streams[Tensor]] = lambda streams: streams
    """From streams drawn for both to those with which this one is near, for instance with an open gate."""


def name_of(part: type[Mechanism]) -> str:
    """The name of a mechanism's class in the catalog, or its class name if it is not in the catalog."""
    package, _, file = part.__module__.rpartition(".")
    return file if package.endswith(".mechanisms") else part.__name__
