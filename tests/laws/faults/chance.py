"""Faults in randomness, and in what a mechanism does to the process that others share."""

import random
import time

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import dropout

from faults.sound import Warm
from regard.attention import Mask, Size, Streams
from regard.attention.kernels.scores import per_head


class Drawn(Warm):
    """The same with a warmth that is drawn, in one way or another."""

    def __init__(self, size: Size, *, warmth: float = 2.0) -> None:
        super().__init__(size, warmth=warmth)
        with torch.no_grad():
            self.warmth.add_(self.noise())

    def noise(self) -> float:
        """What is added to the warmth."""
        raise NotImplementedError


class NumpysGenerator(Drawn):
    """Draws from numpy's global generator, which no seed of a run reaches."""

    def noise(self) -> float:
        return float(np.random.rand())


class SampledByPython(Drawn):
    """Shuffles with Python's global generator."""

    def noise(self) -> float:
        places = [0.1, 0.2, 0.3, 0.4]
        random.shuffle(places)
        return places[0]


class SeededByTheClock(Drawn):
    """Has a generator of its own, and seeds it by the clock."""

    def noise(self) -> float:
        return float(torch.rand(1, generator=torch.Generator().manual_seed(time.perf_counter_ns())))


class SeededByTheSystem(Drawn):
    """Has a generator of its own, and lets the system seed it."""

    def noise(self) -> float:
        return float(np.random.default_rng().random())


class DrawnInSecret(Drawn):
    """Draws from torch's generator, as it should, and does not declare it."""

    def noise(self) -> float:
        return float(torch.rand(1))


class SeedsWhenBuilt(Drawn):
    """Seeds torch's generator, so that everything after it is drawn as it likes."""

    def noise(self) -> float:
        torch.manual_seed(0)
        return 0.0


class SeedsInTraining(Warm):
    """Seeds torch's generator at every call in training."""

    def mix(self, streams: Streams, mask: Mask) -> Tensor:
        if self.training:
            torch.manual_seed(11)
        return super().mix(streams, mask)


class SeedsItsCalls(Warm):
    """Seeds torch's generator at every call."""

    def mix(self, streams: Streams, mask: Mask) -> Tensor:
        torch.manual_seed(0)
        return super().mix(streams, mask)


class DropsInSecret(Warm):
    """Drops weights in training, and does not declare it."""

    def mix(self, streams: Streams, mask: Mask) -> Tensor:
        weights = dropout(self.sound_weights(streams, mask), 0.1, self.training)
        return weights @ per_head(mask.readable(streams.v), self.size.h)


class FlashSwitchedOff(Warm):
    """Switches a kernel off for all that run after it."""

    def mix(self, streams: Streams, mask: Mask) -> Tensor:
        torch.backends.cuda.enable_flash_sdp(False)
        return super().mix(streams, mask)


class DoubleByDefault(Warm):
    """Makes float64 the default for whatever is built after it."""

    def __init__(self, size: Size, *, warmth: float = 2.0) -> None:
        super().__init__(size, warmth=warmth)
        torch.set_default_dtype(torch.float64)


class DenormalsFlushed(Warm):
    """Lets tiny numbers count as 0 from its first call in training on."""

    def mix(self, streams: Streams, mask: Mask) -> Tensor:
        if self.training:
            torch.set_flush_denormal(True)
        return super().mix(streams, mask)


class AnomaliesWatched(Warm):
    """Leaves the detection of anomalies on, which makes every backward pass after it slow."""

    def mix(self, streams: Streams, mask: Mask) -> Tensor:
        torch.autograd.set_detect_anomaly(True)
        return super().mix(streams, mask)


class GainPerMechanism(Warm):
    """Numbers the mechanisms of a process, and starts each from its number."""

    built = 0

    def __init__(self, size: Size, *, warmth: float = 2.0) -> None:
        super().__init__(size, warmth=warmth)
        GainPerMechanism.built += 1
        self.gain = nn.Parameter(torch.full((1,), float(GainPerMechanism.built)))

    def sound_weights(self, streams: Streams, mask: Mask) -> Tensor:
        return super().sound_weights(streams.replace(q=self.gain.sigmoid() * streams.q), mask)


CAUGHT = {
    AnomaliesWatched: "undisturbed",
    DenormalsFlushed: "undisturbed",
    DoubleByDefault: "undisturbed",
    DrawnInSecret: "seeds",
    DropsInSecret: "seeds",
    FlashSwitchedOff: "undisturbed",
    GainPerMechanism: "seeds",
    NumpysGenerator: "undisturbed",
    SampledByPython: "undisturbed",
    SeededByTheClock: "seeds",
    SeededByTheSystem: "seeds",
    SeedsInTraining: "undisturbed",
    SeedsItsCalls: "deterministic",
    SeedsWhenBuilt: "undisturbed",
}
