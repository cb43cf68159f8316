"""Running sums of thousands of terms do not survive 8 bits of mantissa: they are kept in float32."""

import functools
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch
from torch import Tensor

from regard.attention.streams import Streams

NARROW = (torch.float16, torch.bfloat16)


def in_float32(method: Callable[..., Any]) -> Callable[..., Any]:
    """A method of a mechanism, run on its narrow streams as float32 and without autocast.

    The result, or the first of several, comes back in the type of the streams; a state stays wide.
    """

    @functools.wraps(method)
    def wide(self: Any, streams: Streams[Tensor], *rest: Any) -> Any:
        first = next(iter(streams))
        with _no_autocast(first.device.type):
            return _narrowed(method(self, streams.map(_widened), *rest), first.dtype)

    return wide


def _no_autocast(device: str) -> AbstractContextManager[None]:
    # entered only where there is something to switch off: a step of one position is done in microseconds
    on = torch.amp.is_autocast_available(device) and torch.is_autocast_enabled(device)
    return torch.autocast(device, enabled=False) if on else nullcontext()


def _widened(value: Tensor) -> Tensor:
    return value.float() if value.dtype in NARROW else value


def _narrowed(result: Any, dtype: torch.dtype) -> Any:
    return (result[0].to(dtype), *result[1:]) if isinstance(result, tuple) else result.to(dtype)
