"""One call of an attention layer, whichever library wrote it, as maps are made of it."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass

from jaxtyping import Bool, Float
from torch import Tensor

from regard.core.errors import UnsupportedUse
from regard.maps.junction import Junction
from regard.maps.operator import Mixing, Operator


@dataclass(frozen=True, eq=False)
class Attended(ABC):
    """What was mixed in one call, and how it entered the model.

    What a call cannot tell raises `UnsupportedUse` with the reason, in one sentence.
    """

    name: str
    """Where the layer is in its model: `blocks.0.attention`."""
    call: Mixing
    mixed: Float[Tensor, "b h n e"]
    """What the heads gave, as the model went on with it: gradients of the answer reach it."""

    @property
    @abstractmethod
    def kind(self) -> str:
        """The mechanism, or the class of the module that attends."""

    @property
    @abstractmethod
    def role(self) -> str:
        """Of a model with an encoder and a decoder `encoder`, `decoder` or `cross`; else empty."""

    @property
    @abstractmethod
    def ways(self) -> Float[Tensor, "#b h #n e c"]:
        """By which matrix the output of a head at a position enters that of the layer."""

    @property
    @abstractmethod
    def junction(self) -> Junction:
        """Where a head of this call can be switched off."""

    @property
    @abstractmethod
    def reads_values(self) -> bool:
        """Whether there is anything that a map could be a matrix of."""

    @abstractmethod
    def weights(self, operator: Operator | None) -> Float[Tensor, "b h n m"]:
        """The matrix by which it shares out."""

    @abstractmethod
    def influence(self, most: int) -> Float[Tensor, "n m"]:
        """How far each output of the layer moves with each input, in at most so many directions."""

    @abstractmethod
    def allowed(self, operator: Float[Tensor, "heads n m"]) -> Bool[Tensor, "n m"]:
        """Who may read whom."""

    @abstractmethod
    def outside(self, operator: Operator | None) -> Iterator[str]:
        """What the maps leave out, a sentence each."""


def exactly(call: Attended, operator: Operator | None) -> Operator:
    """The operator, if its product with the values is the output. Raises `UnsupportedUse` if it is not."""
    if operator is None:
        raise UnsupportedUse(f"{call.kind} reads no values.")
    if not operator.exact:
        left = f"{100 * float(operator.residual.max()):.1f} %"
        message = f"The output of {call.kind} is no matrix times the values: {left} of it would be left over."
        raise UnsupportedUse(message)
    return operator
