"""Scores and running sums do not survive the 8 bits of bfloat16: they are computed in float32."""

import functools
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch
from torch import Tensor

from regard.attention.streams import Streams

NARROW = (torch.float16, torch.bfloat16)


def widen(x: Tensor) -> Tensor:
    """The same numbers, in float32 where they were narrower: float64 stays, and so does float32."""
    return x.float() if x.dtype in NARROW else x


def in_float32(method: Callable[..., Any]) -> Callable[..., Any]:
    """A method of a mechanism, run on its narrow streams as float32 and without autocast.

    The result, or the first of several, comes back in the type of the streams; a state stays wide.
    """

    @functools.wraps(method)
    def wide(self: Any, streams: Streams[Tensor], *rest: Any) -> Any:
        first = next(iter(streams))
        if first.dtype not in NARROW and not autocasts(first.device.type):
            # then no stream is narrow, since all are of one type
            return method(self, streams, *rest)
        with without_autocast(first.device):
            return _narrowed(method(self, streams.map(widen), *rest), first.dtype)

    return wide


def without_autocast(device: torch.device) -> AbstractContextManager[None]:
    """Inside, products keep the type of their factors.

    Entered only where there is something to switch off: a step of one position is done in microseconds.
    """
    return torch.autocast(device.type, enabled=False) if autocasts(device.type) else nullcontext()


def autocasts(device: str) -> bool:
    """Whether autocast is on for a kind of device, which makes one type of several."""
    return torch.amp.is_autocast_available(device) and torch.is_autocast_enabled(device)


def _narrowed(result: Any, dtype: torch.dtype) -> Any:
    return (result[0].to(dtype), *result[1:]) if isinstance(result, tuple) else result.to(dtype)
