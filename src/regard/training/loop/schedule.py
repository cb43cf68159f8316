"""The learning rate over time: linear warm-up, then cosine, plateau or constant."""

import math
from typing import Any, final

from torch.optim import Optimizer
from torch.optim.lr_scheduler import ReduceLROnPlateau

from regard.core.settings import TrainingSettings

PLATEAU_FACTOR = 0.5
"""What the rate is multiplied by on a plateau."""
PLATEAU_PATIENCE = 3
"""Evaluations without a lower validation loss that are borne before the rate falls."""


def warmup_factor(step: int, warm: int) -> float:
    """The share of the peak rate at `step`: 0 at step 0, 1 from step `warm` on, linear between."""
    return min(1.0, step / warm) if warm else 1.0


def cosine_factor(step: int, warm: int, total: int) -> float:
    """Warm-up, then half a cosine (Loshchilov & Hutter 2017, arXiv 1608.03983, eq. 5 without restarts).

    1 at step `warm` and 0 at step `total` + 1, so that no step from 1 to `total` is wasted on a rate of 0.
    """
    if step <= warm:
        return warmup_factor(step, warm)
    return (1 + math.cos(math.pi * (step - warm) / (total + 1 - warm))) / 2


@final
class Rate:
    """Sets the rate of every parameter group; the rates that it finds are the peaks."""

    def __init__(self, optimizer: Optimizer, settings: TrainingSettings, total: int) -> None:
        self.optimizer = optimizer
        self.peaks = [group["lr"] for group in optimizer.param_groups]
        self.total = total
        self.warm = round(settings.warmup * total)
        self.cosine = settings.schedule == "cosine"
        self.plateau = (
            ReduceLROnPlateau(optimizer, factor=PLATEAU_FACTOR, patience=PLATEAU_PATIENCE)
            if settings.schedule == "plateau"
            else None
        )

    @property
    def value(self) -> float:
        """The rate in force, of the first parameter group."""
        return float(self.optimizer.param_groups[0]["lr"])

    def set(self, step: int) -> None:
        """Set the rate for `step`, counted from 1."""
        if self.plateau is not None and step > self.warm:
            return  # from here on the plateau lowers the rate where it lies
        factor = cosine_factor(step, self.warm, self.total) if self.cosine else warmup_factor(step, self.warm)
        # asked for anew: loading a state gives the optimizer new groups
        for group, peak in zip(self.optimizer.param_groups, self.peaks, strict=True):
            group["lr"] = peak * factor

    def observe(self, step: int, loss: float) -> None:
        """Take note of the validation loss after `step`. During warm-up a plateau means nothing."""
        if self.plateau is not None and step >= self.warm:
            self.plateau.step(loss)

    def state_dict(self) -> dict[str, Any]:
        """What cannot be computed from the step: the memory of the plateau."""
        return {} if self.plateau is None else self.plateau.state_dict()

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from `state_dict`. The rates themselves lie in the optimizer."""
        if self.plateau is not None:
            self.plateau.load_state_dict(state)
