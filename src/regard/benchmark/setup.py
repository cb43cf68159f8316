"""From a description to a mechanism that stands on the device, in the process that measures."""

import functools
import math
from dataclasses import dataclass
from typing import final

import torch

from regard.attention import Grid, Mechanism, Size
from regard.attention.forms import force_form
from regard.benchmark.benchmark import Benchmark, Contender
from regard.core.randomness import reseed
from regard.measures.stand import Stand
from regard.mechanisms import MECHANISMS


@final
@dataclass(frozen=True)
class Setup:
    """One contender at one length, under one mask, on one device."""

    benchmark: Benchmark
    contender: Contender
    causal: bool
    length: int
    device: str

    def mechanism(self) -> Mechanism:
        """Built for exactly this length; equal seeds give equal weights."""
        spec = self.contender.spec
        reseed(torch.device("cpu"), self.benchmark.seed)
        mechanism: Mechanism = MECHANISMS.build(spec.name, self._size(), **spec.settings)
        force_form(mechanism, self.contender.form)
        return mechanism

    def _size(self) -> Size:
        settings = self.benchmark
        part = MECHANISMS.find(self.contender.spec.name)
        needs_grid = getattr(getattr(part, "traits", None), "needs_grid", False)
        return Size(
            heads=settings.heads,
            key_features=settings.key_features,
            value_features=settings.value_features,
            length=self.length,
            grid=squarest(self.length) if needs_grid else None,
            key_heads=settings.key_heads,
        )


@functools.lru_cache(maxsize=1)
def stand(setup: Setup) -> Stand:
    """What one setup is measured on. The last one is kept: its figures are asked for one by one."""
    settings = setup.benchmark
    like = torch.empty(0, dtype=getattr(torch, settings.dtype), device=setup.device)
    if like.is_cuda:
        # memory is counted, and waited for, on the current device
        torch.cuda.set_device(like.device)
    mechanism = setup.mechanism()
    return Stand.of(
        mechanism, settings.batch, setup.length, causal=setup.causal, like=like, seed=settings.seed
    )


def squarest(length: int) -> Grid:
    """The grid nearest to a square that has exactly this many positions."""
    height = next(side for side in range(math.isqrt(length), 0, -1) if length % side == 0)
    return Grid(height, length // height)
