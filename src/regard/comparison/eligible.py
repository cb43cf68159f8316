"""Who can take part: found out by trying, before anything is trained."""

import pickle
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, final

import torch
from torch import Tensor, nn

from regard.comparison.comparison import Comparison
from regard.comparison.labels import label_of, labels_of
from regard.comparison.plan import grid_runs
from regard.core.entry import Entry
from regard.core.errors import InvalidOption, RegardError, UnsupportedUse, told_elsewhere
from regard.core.results import LeftOut
from regard.core.settings import ModelSettings
from regard.core.shapes import Shape
from regard.data import Samples, Task
from regard.experiment import Lost, Overdue, apart
from regard.models import build
from regard.objectives import OBJECTIVES
from regard.tasks import TASKS
from regard.training import refuse_packing
from regard.training.parts.updates import build_update


def eligible(
    entries: Iterable[Entry], task: Task, settings: ModelSettings, seconds: float | None = None
) -> tuple[list[Entry], list[LeftOut]]:
    """Those that can take part, and those that cannot with their reasons.

    Each is built for the task and handed two of its samples, in a process of its own and within so many
    seconds (None: as long as it takes): so it is the mechanism's own traits,
    options and size that decide, in the mechanism's own words. An entry with a setting of the model that
    changes nothing, such as the norm of queries where the mechanism reads none, cannot take part either: it
    is another entry once more. Raises `RegardError` for one that fails otherwise.
    """
    samples = pickle.dumps(task.prepare(task.split("train")[:2]))
    reasons = {entry: _reason(entry, task.shape, samples, settings, seconds) for entry in entries}
    can = [entry for entry, reason in reasons.items() if reason is None]
    called = labels_of(reasons)
    cannot = [LeftOut(called[entry], reason) for entry, reason in reasons.items() if reason is not None]
    return can, cannot


def refuse(comparison: Comparison, seeds_at_once: int, seconds: float | None = None) -> None:
    """Raise in one line, before anything is trained, unless all of it can be done.

    Raises `UnsupportedUse` for mechanisms that cannot take part, and whatever a wrong name or option
    of the task, objective or optimizer raises. Where several seeds are to be trained at once, settings that
    forbid it are refused too. Each entry may take so many seconds.
    """
    if seeds_at_once > 1:
        for entry in comparison.entries:
            refuse_packing(comparison.run(entry, comparison.grid_of(entry)[0], 0))
    for run in {run.optimizer: run for run in grid_runs(comparison)}.values():
        build_update(run.optimizer)
    OBJECTIVES.build(comparison.objective.name, **comparison.objective.settings)
    task: Task = TASKS.build(comparison.task.name, **comparison.task.settings)
    _, cannot = eligible(comparison.entries, task, comparison.model, seconds)
    if cannot:
        others = f" The same goes for {', '.join(out.mechanism for out in cannot[1:])}." if cannot[1:] else ""
        message = (
            f"{cannot[0].mechanism} cannot take part in {comparison.task}: {cannot[0].reason}{others} "
            f"Leave out what cannot take part; nothing was trained."
        )
        raise UnsupportedUse(message)


def _reason(
    entry: Entry, shape: Shape, samples: bytes, settings: ModelSettings, seconds: float | None
) -> str | None:
    """Why an entry cannot take part, found in a process of its own."""
    try:
        (reason,) = apart(_try, entry, shape, samples, settings, seconds=seconds)
    except (Lost, Overdue) as error:
        raise RegardError(f"{label_of(entry)} fails on two samples of the task. {error}") from error
    return reason


def _try(entry: Entry, shape: Shape, samples: bytes, settings: ModelSettings) -> Iterator[str | None]:
    # pickled by the parent, as processes would share the memory of tensors
    yield _Tryout(shape, pickle.loads(samples), settings).reason(entry)  # noqa: S301


@final
@dataclass(frozen=True)
class _Tryout:
    """Two samples of a task, for models with the settings of a comparison."""

    shape: Shape
    samples: Samples
    settings: ModelSettings

    def reason(self, entry: Entry) -> str | None:
        """Why an entry cannot take part."""
        refusal = self._refusal(entry)
        idle = (None if refusal else self._idle(entry, name) for name, _ in entry.model)
        return refusal or next(filter(None, idle), None)

    def _idle(self, entry: Entry, name: str) -> str | None:
        """That a setting of the entry's own leaves the model what it is without, if it does."""
        others = {key: value for key, value in entry.model if key != name}
        without = Entry.of(entry.mechanisms, others)
        if self._refusal(without) or self._weights_and_output(entry) != self._weights_and_output(without):
            return None
        return f"model.{name}={dict(entry.model)[name]} changes nothing in {label_of(without)}."

    def _refusal(self, entry: Entry) -> str | None:
        """Why the model cannot be built for the task, or cannot read its samples."""
        try:
            model = self._model(entry).eval()
            with torch.inference_mode():
                model(*self.samples.given)
        except (UnsupportedUse, InvalidOption) as refusal:
            return str(refusal)
        except RegardError:
            raise
        except (Exception, SystemExit) as error:  # whatever a user's own mechanism raises
            message = f"{label_of(entry)} fails on two samples of the task: {type(error).__name__}: {error}"
            raise RegardError(" ".join(message.split())) from error
        return None

    def _weights_and_output(self, entry: Entry) -> tuple[dict[str, torch.Size], list[Any]]:
        """What tells two models of one seed apart: shapes of weights, and what they answer in training."""
        model = self._model(entry).train()
        with torch.random.fork_rng(devices=[]), torch.no_grad():
            torch.manual_seed(0)
            output: Tensor = model(*self.samples.given)
        return {name: weight.shape for name, weight in model.state_dict().items()}, output.tolist()

    def _model(self, entry: Entry) -> nn.Module:
        with told_elsewhere():
            return build(self.shape, entry.mechanisms, entry.settings_in(self.settings), seed=0)
