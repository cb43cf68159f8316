"""Penalties that mechanisms add to the loss."""

from jaxtyping import Float
from torch import Tensor, nn

from regard.attention import Mechanism
from regard.attention.forms import mechanisms_of


def with_penalties(loss: Float[Tensor, ""], model: nn.Module) -> Float[Tensor, ""]:
    """The loss plus the penalties of a model's mechanisms (`Mechanism.auxiliary`) after a forward pass."""
    for mechanism in mechanisms_of(model):
        penalty = mechanism.auxiliary()
        if penalty is not None:
            loss = loss + penalty
    return loss


def brings_penalties(model: nn.Module) -> bool:
    """Whether a mechanism of the model may add something to the loss."""
    return any(type(each).auxiliary is not Mechanism.auxiliary for each in mechanisms_of(model))
