"""A form that is a kernel for one kind of device: what it would have to do, and whether it can."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar, Self, final

import torch
from torch import Tensor

from regard.attention.mask import Mask
from regard.attention.size import Size
from regard.attention.streams import Streams


@final
@dataclass(frozen=True)
class Workload:
    """What a form is chosen for."""

    n: int
    """Queries."""
    device: torch.device
    dtype: torch.dtype
    """That of the streams, before anything is widened."""
    learns: bool = True
    """Whether gradients may be asked for."""
    parts: tuple[str, ...] = ()
    """Those of the mask."""

    @classmethod
    def of(cls, streams: Streams[Tensor], mask: Mask) -> Self:
        """That of some streams, of which the first belongs to the queries."""
        first = next(iter(streams))
        return cls(first.shape[2], first.device, first.dtype, torch.is_grad_enabled(), mask.parts)


class KernelForm(ABC):
    """Abstract. A form beside those that every device has; it is preferred wherever it can run."""

    name: ClassVar[str]
    """What forces it: `--form NAME`."""

    @abstractmethod
    def misfit(self, size: Size, work: Workload) -> str | None:
        """What it needs and this work does not give, in words; None if it can do the work."""


ENOUGH = 128
"""Queries from which a kernel is preferred: fewer fill less than one of its blocks."""
