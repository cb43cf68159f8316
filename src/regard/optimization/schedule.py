"""A setting over time: linear warm-up, then cosine, plateau or constant."""

import math
from typing import Literal, final

from regard.core.errors import InvalidOption

ScheduleKind = Literal["cosine", "plateau", "constant"]

PLATEAU_FACTOR = 0.5
"""What the setting is multiplied by on a plateau."""
PLATEAU_PATIENCE = 3
"""Evaluations without a lower validation loss that are borne before the setting falls."""
PLATEAU_THRESHOLD = 1e-4
"""By which share a validation loss must be below the lowest one to count as lower."""


def warmup_factor(step: int, warm: int) -> float:
    """The share of the peak at `step`: 0 at step 0, 1 from step `warm` on, linear between."""
    return min(1.0, step / warm) if warm else 1.0


def cosine_factor(step: int, warm: int, steps: int) -> float:
    """Warm-up, then half a cosine (Loshchilov & Hutter 2017, arXiv 1608.03983, eq. 5 without restarts).

    1 at step `warm` and 0 at step `steps` + 1, so that no step from 1 to `steps` is wasted on 0.
    """
    if step <= warm:
        return warmup_factor(step, warm)
    return (1 + math.cos(math.pi * (step - warm) / (steps + 1 - warm))) / 2


@final
class Schedule:
    """What a setting is multiplied by, step by step.

    kind: `cosine`, down to 0; `constant`; or `plateau`, which halves the setting whenever the validation
        loss has not fallen for a while.
    warmup: share of all steps during which the factor rises linearly from 0.

    Raises `InvalidOption` for a share outside 0 to 1.
    """

    def __init__(self, kind: ScheduleKind, warmup: float) -> None:
        if not 0 <= warmup <= 1:
            raise InvalidOption(f"warmup must be a share from 0 to 1, and is {warmup}.")
        self.kind = kind
        self.warmup = warmup
        self.lowered = 1.0
        self.lowest = math.inf
        self.stale = 0

    def factor(self, step: int, steps: int) -> float:
        """The factor at `step`, counted from 1, of `steps`."""
        warm = round(self.warmup * steps)
        if self.kind == "cosine":
            return cosine_factor(step, warm, steps)
        return warmup_factor(step, warm) * self.lowered

    def observe(self, step: int, steps: int, loss: float) -> None:
        """Take note of the validation loss after `step`. During warm-up a plateau means nothing."""
        if self.kind != "plateau" or step < round(self.warmup * steps):
            return
        if loss < self.lowest * (1 - PLATEAU_THRESHOLD):
            self.lowest, self.stale = loss, 0
            return
        self.stale += 1
        if self.stale > PLATEAU_PATIENCE:
            self.lowered, self.stale = self.lowered * PLATEAU_FACTOR, 0

    def state_dict(self) -> dict[str, float]:
        """What cannot be computed from the step: the memory of the plateau."""
        return {"lowered": self.lowered, "lowest": self.lowest, "stale": self.stale}

    def load_state_dict(self, state: dict[str, float]) -> None:
        """Go on from `state_dict`."""
        self.lowered, self.lowest, self.stale = state["lowered"], state["lowest"], int(state["stale"])
