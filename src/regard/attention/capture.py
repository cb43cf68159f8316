"""What the mechanisms of a model were given in a forward pass, and the maps that follow from it."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

from jaxtyping import Float
from torch import Tensor, nn

from regard.attention.mask import Mask
from regard.attention.mechanism import Mechanism


@dataclass(frozen=True, eq=False)
class Captured:
    """One call of a mechanism."""

    mechanism: Mechanism
    queries: Float[Tensor, "b h n d"]
    keys: Float[Tensor, "b h m d"]
    values: Float[Tensor, "b h m e"]
    mask: Mask

    def weights(self) -> Float[Tensor, "b h n m"]:
        """The map of this call, densely. Raises `UnsupportedUse` for a mechanism without weights."""
        return self.mechanism.weights(self.queries, self.keys, self.mask)


@contextmanager
def captured(mechanisms: Sequence[Mechanism]) -> Iterator[list[Captured]]:
    """The calls of these mechanisms inside, in their order. Tensors are not copied: gradients flow on."""
    calls: list[Captured] = []

    def keep(module: Mechanism, given: tuple[Any, ...], mixed: Tensor) -> None:
        calls.append(Captured(module, *given))

    with ExitStack() as ends:
        for mechanism in mechanisms:
            ends.callback(mechanism.register_forward_hook(keep).remove)
        yield calls


def outermost_mechanisms(model: nn.Module) -> list[Mechanism]:
    """The mechanisms of a model, without those that lie inside others."""
    if isinstance(model, Mechanism):
        return [model]
    return [found for child in model.children() for found in outermost_mechanisms(child)]
