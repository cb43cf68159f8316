"""What the mechanisms of a model were given in a forward pass, and the maps that follow from it."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, final

from jaxtyping import Float
from torch import Tensor

from regard.attention.guard import lengths
from regard.attention.mask import Mask
from regard.attention.mechanism import Mechanism
from regard.attention.streams import Streams


@final
@dataclass(frozen=True, eq=False)
class Captured:
    """One call of a mechanism."""

    mechanism: Mechanism
    streams: Streams[Tensor]
    mask: Mask

    @property
    def values(self) -> Float[Tensor, "b h m e"]:
        """What was mixed."""
        return self.streams.v

    @property
    def lengths(self) -> tuple[int, int]:
        """n and m: positions of the queries and of the keys."""
        return lengths(self.mechanism, self.streams)

    def mixed(self, values: Float[Tensor, "b g m e"]) -> Float[Tensor, "b h n e"]:
        """What the call gives for other values, with all else as it was."""
        mixed: Tensor = self.mechanism(self.streams.replace(v=values), self.mask)
        return mixed

    def weights(self) -> Float[Tensor, "b h n m"]:
        """The map of this call, densely. Raises `UnsupportedUse` for a mechanism without weights."""
        return self.mechanism.weights(self.streams, self.mask)


@contextmanager
def capture(mechanisms: Sequence[Mechanism]) -> Iterator[list[Captured]]:
    """The calls of these mechanisms inside, in their order. Tensors are not copied: gradients flow on."""
    calls: list[Captured] = []

    def keep(module: Mechanism, given: tuple[Any, ...], mixed: Tensor) -> None:
        calls.append(Captured(module, *given))

    with ExitStack() as ends:
        for mechanism in mechanisms:
            ends.callback(mechanism.register_forward_hook(keep).remove)
        yield calls
