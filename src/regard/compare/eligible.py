"""Who can take part: found out by trying, before anything is trained."""

from collections.abc import Iterable

import torch

from regard.compare.comparison import Comparison, Mechanisms
from regard.core.errors import InvalidOption, RegardError, UnsupportedUse
from regard.core.results import LeftOut
from regard.core.settings import ModelSettings
from regard.data import Samples, Task
from regard.mechanisms import label
from regard.models import build
from regard.objectives import OBJECTIVES
from regard.optimizers import OPTIMIZERS
from regard.tasks import TASKS
from regard.training import refuse_packing


def eligible(
    mechanisms: Iterable[Mechanisms], task: Task, settings: ModelSettings
) -> tuple[list[Mechanisms], list[LeftOut]]:
    """Those that can take part, and those that cannot with their reasons.

    Each is built for the task and handed two of its samples: so it is the mechanism's own traits,
    options and size that decide, in the mechanism's own words.
    """
    samples = task.prepare(task.split("train")[:2])
    reasons = {entry: _reason(entry, task, samples, settings) for entry in mechanisms}
    can = [entry for entry, reason in reasons.items() if reason is None]
    cannot = [LeftOut(label(entry), reason) for entry, reason in reasons.items() if reason is not None]
    return can, cannot


def refuse(comparison: Comparison, seeds_at_once: int) -> None:
    """Raise in one line, before anything is trained, unless all of it can be done.

    Raises `UnsupportedUse` for mechanisms that cannot take part, and whatever a wrong name or option
    of the task, objective or optimizer raises. Where several seeds are to be trained at once, settings that
    forbid it are refused too.
    """
    if seeds_at_once > 1:
        refuse_packing(comparison.run(comparison.mechanisms[0], comparison.grid[0], 0))
    for value in comparison.grid:
        optimizer = comparison.run(comparison.mechanisms[0], value, 0).optimizer
        OPTIMIZERS.build(optimizer.name, **optimizer.settings)
    OBJECTIVES.build(comparison.objective.name, **comparison.objective.settings)
    task: Task = TASKS.build(comparison.task.name, **comparison.task.settings)
    _, cannot = eligible(comparison.mechanisms, task, comparison.model)
    if cannot:
        others = f" The same goes for {', '.join(out.mechanism for out in cannot[1:])}." if cannot[1:] else ""
        message = (
            f"{cannot[0].mechanism} cannot take part in {comparison.task}: {cannot[0].reason}{others} "
            f"Leave out what cannot take part; nothing was trained."
        )
        raise UnsupportedUse(message)


def _reason(entry: Mechanisms, task: Task, samples: Samples, settings: ModelSettings) -> str | None:
    try:
        model = build(task.shape, entry, settings, seed=0).eval()
        with torch.inference_mode():
            model(*samples.given)
    except (UnsupportedUse, InvalidOption) as refusal:
        return str(refusal)
    except RegardError:
        raise
    except Exception as error:  # whatever a user's own mechanism raises
        message = f"{label(entry)} fails on two samples of the task: {type(error).__name__}: {error}"
        raise RegardError(" ".join(message.split())) from error
    return None
