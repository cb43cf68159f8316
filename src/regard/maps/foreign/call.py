"""One call of another library's attention."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import final

from jaxtyping import Float
from torch import Tensor


@final
@dataclass(frozen=True, eq=False)
class ForeignCall:
    """What was mixed, and how: a `Mixing`."""

    name: str
    """Where the module that called it is in its model."""
    values: Float[Tensor, "b g m e"]
    given: Tensor
    """What the function gave, as the model goes on with it: (b, h, n, e), or as `arranged` takes it."""
    again: Callable[[Float[Tensor, "b g m e"]], Tensor]
    """The same call for other values."""
    arranged: Callable[[Tensor], Float[Tensor, "b h n e"]] = lambda given: given

    @property
    def output(self) -> Float[Tensor, "b h n e"]:
        """What the heads gave."""
        return self.arranged(self.given)

    @property
    def lengths(self) -> tuple[int, int]:
        """n and m: positions of the queries and of the keys."""
        return self.output.shape[2], self.values.shape[2]

    def mixed(self, values: Float[Tensor, "b g m e"]) -> Float[Tensor, "b h n e"]:
        """What the call gives for other values, with all else as it was."""
        return self.arranged(self.again(values))
