"""Layers of attention of other libraries, as maps are made of them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import final

from jaxtyping import Bool, Float
from torch import Tensor, nn

from regard.core.errors import UnsupportedUse
from regard.maps.attended import Attended, exactly
from regard.maps.foreign.call import ForeignCall
from regard.maps.foreign.calls import foreign_calls
from regard.maps.foreign.inside_torch import InsideTorch
from regard.maps.foreign.projection import Projection, Projections, matrix_of, projections
from regard.maps.foreign.roles import role_of
from regard.maps.junction import BeforeModule, Junction
from regard.maps.operator import Operator
from regard.maps.precision import HALVES


@final
@dataclass(frozen=True, eq=False)
class ForeignLayer(Attended):
    """One call of a layer of another library, all of which share out by softmax."""

    call: ForeignCall
    module: nn.Module
    """The one that called."""
    part: str
    """Its role."""
    projection: Projection | None
    """By which the heads enter the layer's output, where it was found."""

    @property
    def kind(self) -> str:
        return type(self.module).__name__

    @property
    def role(self) -> str:
        return self.part

    @property
    def reads_values(self) -> bool:
        return True

    @property
    def ways(self) -> Float[Tensor, "1 h 1 e c"]:
        h, e = self.mixed.shape[1], self.mixed.shape[3]
        return matrix_of(self._found.module, self.mixed).reshape(1, h, 1, e, -1)

    @property
    def junction(self) -> Junction:
        found, h = self._found, self.mixed.shape[1]
        if isinstance(self.module, nn.MultiheadAttention):
            return InsideTorch(h, self.module, self, found.call)
        return BeforeModule(h, found.module, found.call)

    @property
    def _found(self) -> Projection:
        if self.projection is None:
            raise UnsupportedUse(
                f"No output projection was found that takes the heads of {self.name} as they are: "
                "something lies between."
            )
        return self.projection

    def weights(self, operator: Operator | None) -> Float[Tensor, "b h n m"]:
        """Those by which softmax shares out are the operator itself."""
        return exactly(self, operator).matrix

    def influence(self, most: int) -> Float[Tensor, "n m"]:
        raise UnsupportedUse("Influence is asked of layers of regard.Attention alone.")

    def allowed(self, operator: Float[Tensor, "heads n m"]) -> Bool[Tensor, "n m"]:
        """Softmax gives nothing to whom a mask forbids, and something to all others."""
        return (operator != 0).any(0)

    def outside(self, operator: Operator | None) -> Iterator[str]:
        if self.mixed.dtype in HALVES:
            half = str(self.mixed.dtype).removeprefix("torch.")
            yield f"The rounding of {half}, in which the model computes: maps are found in float32."
        if operator is not None and operator.exact and (operator.nothing > READ_OF_NOTHING).any():
            yield "What a sink takes: rows sum to less than 1."


READ_OF_NOTHING = 0.01
"""The share of a row from which on it is told."""


@contextmanager
def foreign_layers(model: nn.Module) -> Iterator[list[ForeignLayer]]:
    """The layers whose calls are heard inside, in their order; they are there at the end.

    The model gives what it gives without. Raises `UnsupportedUse` at the end, as `foreign_calls` does.
    """
    layers: list[ForeignLayer] = []
    with foreign_calls(model) as calls, projections(model, calls) as found:
        yield layers
    layers += [_layer(model, place, call, found) for place, call in enumerate(calls)]


def _layer(model: nn.Module, place: int, call: ForeignCall, found: Projections) -> ForeignLayer:
    return ForeignLayer(
        name=call.name,
        call=call,
        mixed=call.output,
        module=model.get_submodule(call.name),
        part=role_of(model, call.name),
        projection=found.get(place),
    )
