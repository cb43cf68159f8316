"""Running sums of thousands of terms do not survive 8 bits of mantissa: they are kept in float32."""

import functools
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any, ParamSpec, TypeVar

import torch
from torch import Tensor

P = ParamSpec("P")
R = TypeVar("R")

NARROW = (torch.float16, torch.bfloat16)


def in_float32(method: Callable[P, R]) -> Callable[P, R]:
    """A method of a mechanism, run on its narrow tensors as float32 and without autocast.

    The result, or the first of several, comes back in the type of the queries; a state stays wide.
    """

    @functools.wraps(method)
    def wide(*arguments: P.args, **named: P.kwargs) -> R:
        queries = next(value for value in arguments if isinstance(value, Tensor))
        with _no_autocast(queries.device.type):
            return _narrowed(method(*map(_widened, arguments), **named), queries.dtype)

    return wide


def _no_autocast(device: str) -> AbstractContextManager[None]:
    known = torch.amp.is_autocast_available(device)
    return torch.autocast(device, enabled=False) if known else nullcontext()


def _widened(value: Any) -> Any:
    return value.float() if isinstance(value, Tensor) and value.dtype in NARROW else value


def _narrowed(result: Any, dtype: torch.dtype) -> Any:
    return (result[0].to(dtype), *result[1:]) if isinstance(result, tuple) else result.to(dtype)
