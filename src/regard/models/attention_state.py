"""What one layer carries from one piece of a sequence to the next."""

from dataclasses import dataclass
from typing import final

from jaxtyping import Float
from torch import Tensor

from regard.attention.mask import Mask
from regard.attention.mechanism import State
from regard.core.errors import InvalidOption


@final
@dataclass(frozen=True, eq=False)
class AttentionState:
    """The state of one layer after `length` positions. Never changed in place."""

    mechanism: State
    tails: dict[str, Float[Tensor, "b reach width"]]
    """The last inputs of each short convolution."""
    sequences: int
    """b."""
    length: int = 0


def refuse_state(state: object, x: Tensor, mask: Mask) -> None:
    """Raise `InvalidOption` unless the state is one of as many sequences, up to where the mask starts."""
    if not isinstance(state, AttentionState):
        shown = type(state).__name__
        message = f"Attention: the state is of type {shown}. Give what initial_state or extend gave."
        raise InvalidOption(message)
    if len(x) != state.sequences:
        message = (
            f"The state is that of {state.sequences} sequences, and {len(x)} are to go on: give its own."
        )
        raise InvalidOption(message)
    if mask.start != state.length:
        message = (
            f"Attention: the state holds {state.length} positions, and the mask starts at {mask.start}. "
            f"Cut it out of the whole mask: mask.rows({state.length}, {state.length + x.shape[1]})."
        )
        raise InvalidOption(message)
