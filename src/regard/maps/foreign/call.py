"""One call of another library's attention."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import final

import torch
from jaxtyping import Float
from torch import Tensor

from regard.maps.precision import single


@final
@dataclass(frozen=True, eq=False)
class ForeignCall:
    """What was mixed, and how: a `Mixing`. It is asked again in float32 at least."""

    name: str
    """Where the module that called it is in its model."""
    given: Float[Tensor, "b g m e"]
    """The values."""
    output: Float[Tensor, "b h n e"]
    """What the heads gave, as the model goes on with it."""
    again: Callable[[Float[Tensor, "b g m e"]], Float[Tensor, "b h n e"]]
    """The same call for other values."""
    beside: bool = False
    """Whether the model computed the same in another way, and goes on with that."""

    @property
    def values(self) -> Float[Tensor, "b g m e"]:
        return single(self.given.detach())

    @property
    def lengths(self) -> tuple[int, int]:
        """n and m: positions of the queries and of the keys."""
        return self.output.shape[2], self.given.shape[2]

    def mixed(self, values: Float[Tensor, "b g m e"]) -> Float[Tensor, "b h n e"]:
        """What the call gives for other values, with all else as it was."""
        return self.again(values)


Change = Callable[[int, Float[Tensor, "b h n e"]], Float[Tensor, "b h n e"]]
"""From the place of a call among all and what its heads gave to what the model goes on with."""


def unchanged(_: int, mixed: Float[Tensor, "b h n e"]) -> Float[Tensor, "b h n e"]:
    """What the heads gave, as it is."""
    return mixed


def followed(output: Tensor) -> Tensor:
    """The same, with gradients from here on in a model whose weights are frozen."""
    if torch.is_grad_enabled() and not output.requires_grad:
        output.requires_grad_()
    return output
