"""What a layer is given, refused in one line where it does not fit. No check reads numbers of a tensor."""

from itertools import chain

import torch
from torch import Tensor, nn

from regard.attention.mechanism import Mechanism
from regard.attention.precision import autocasts
from regard.core.errors import InvalidOption, UnsupportedUse

CASTABLE = (torch.float32, torch.float16, torch.bfloat16)
"""What autocast converts by itself."""


def refuse_sequence(name: str, given: object, features: int, weight: Tensor | None) -> None:
    """Raise `InvalidOption` unless `given` is (b, n, c) of floating point, of the weight's type and place."""
    expected = f"(batch, positions, {features})"
    if not isinstance(given, Tensor):
        message = f"Attention: {name} should be a tensor {expected}, and is of type {type(given).__name__}."
        raise InvalidOption(message)
    if given.dim() != 3 or given.shape[2] != features or not given.is_floating_point():
        shown = f"{type_of(given)} {tuple(given.shape)}"
        raise InvalidOption(f"Attention: {name} should be of floating point, {expected}, and is {shown}.")
    if weight is None:
        return
    if given.device != weight.device:
        message = (
            f"Attention: {name} lies on {given.device} and the weights on {weight.device}. "
            f"Move one of them: {name}.to('{weight.device}')."
        )
        raise InvalidOption(message)
    if given.dtype != weight.dtype and weight.is_floating_point() and not _converted(given, weight):
        message = (
            f"Attention: {name} is {type_of(given)} and the weights are {type_of(weight)}. "
            f"Convert one of them: {name}.to(torch.{type_of(weight)})."
        )
        raise InvalidOption(message)


def refuse_context(mechanism: Mechanism, x: Tensor, context: Tensor) -> None:
    """Raise `UnsupportedUse` for a mechanism that reads one sequence, `InvalidOption` for another batch."""
    if not mechanism.traits.cross:
        message = (
            f"{mechanism.name} mixes one sequence with itself: it cannot read another one. "
            f"Take a mechanism with cross-attention (X in `regard mechanisms`)."
        )
        raise UnsupportedUse(message)
    if len(x) != len(context):
        message = (
            f"Attention: x has {len(x)} sequences and context {len(context)}. Give each of x one to read."
        )
        raise InvalidOption(message)


def refuse_mixed(mixed: Tensor, mechanism: Mechanism, x: Tensor) -> None:
    """Raise `InvalidOption` unless a mechanism gives an output of each head and position."""
    expected = (len(x), mechanism.size.h, x.shape[1], mechanism.size.e)
    if mixed.shape != expected:
        shown = f"(batch, {', '.join(map(str, expected[1:]))})"
        message = f"{mechanism.name}: the output should be {shown} and is {tuple(mixed.shape)}."
        raise InvalidOption(message)


def first_weight(*modules: nn.Module) -> Tensor | None:
    """The first parameter of several modules, or None if they have none."""
    return next(chain.from_iterable(module.parameters() for module in modules), None)


def type_of(given: Tensor) -> str:
    """`float32`."""
    return str(given.dtype).removeprefix("torch.")


def _converted(given: Tensor, weight: Tensor) -> bool:
    """Whether autocast makes one type of both."""
    return autocasts(given.device.type) and given.dtype in CASTABLE and weight.dtype in CASTABLE
