"""The states of updates, of single seeds and stacked over all of them."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor


def stack_of(states: Sequence[Any]) -> Any:
    """Equal containers as one, in which tensors (...) are stacked (s, ...).

    Counters, tensors of no dimension that are the same in all, stay as they are; so do plain values.
    """
    first = states[0]
    match first:
        case Tensor() if first.ndim or any(not torch.equal(first, other) for other in states[1:]):
            return torch.stack(list(states))
        case dict():
            return {key: stack_of([state[key] for state in states]) for key in first}
        case list() | tuple():
            return type(first)(stack_of(parts) for parts in zip(*states, strict=True))
    return first


def slice_of(state: Any, i: int) -> Any:
    """The part of seed i in what `stack_of` gave."""
    match state:
        case Tensor() if state.ndim:
            return state[i]
        case dict():
            return {key: slice_of(value, i) for key, value in state.items()}
        case list() | tuple():
            return type(state)(slice_of(value, i) for value in state)
    return state
