"""The trainings of a project folder that belong to no comparison, task by task."""

import dataclasses
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import final

from regard.core.errors import Corrupt
from regard.core.phrase import phrase
from regard.core.readable import readable
from regard.core.results import TaskFacts
from regard.core.run import Run
from regard.core.spec import Spec
from regard.core.user_file import short
from regard.pages.flatten import flat
from regard.report.curves import Curves, read_curves
from regard.report.examined import Examined, read_examined
from regard.store import FACTS, Store

DRAWN = 24
"""Groups of trainings on one task that are drawn, those that were started last; a table names all of them.
Small panels beyond that many cannot be compared, and make a page that no browser opens with ease."""


@final
@dataclass(frozen=True)
class Training:
    """One run that belongs to no comparison."""

    run: Run
    outcome: str | None
    best: float | None
    test: float | None


@final
@dataclass(frozen=True)
class Replicates:
    """Trainings that differ in their seed alone."""

    label: str
    mechanism: str
    trainings: tuple[Training, ...]
    drawn: bool
    """Whether they are drawn; of the others only the table tells."""
    curves: Curves
    examined: Examined


@final
@dataclass(frozen=True)
class TaskTrainings:
    """The trainings on one task that belong to no comparison, and what their runs noted of the task."""

    task: Spec
    replicates: tuple[Replicates, ...]
    facts: TaskFacts | None
    """None where no run came so far."""
    notes: tuple[str, ...]
    """What a reader of the scores must know; runs at different times may have seen different data."""
    broken: tuple[str, ...] = ()

    @property
    def drawn(self) -> tuple[Replicates, ...]:
        """Those of which there are figures."""
        return tuple(replicate for replicate in self.replicates if replicate.drawn)

    @property
    def title(self) -> str:
        """The task's name; of a user's own task the name of its class."""
        return short(readable(self.task.name))

    @property
    def subtitle(self) -> str:
        """What tells the task from others of its name."""
        return self.facts.subtitle if self.facts else readable(phrase(self.task.settings))


def read_groups(store: Store, known: set[str]) -> tuple[TaskTrainings, ...]:
    """All runs in the store but the known ones."""
    alike: dict[str, list[Run]] = defaultdict(list)
    for run in store.runs():
        if run.digest not in known:
            same = json.dumps(dataclasses.replace(run, seed=0).to_json(), sort_keys=True)
            # removed and put back: the groups stand in the order in which they last had a run added
            runs = alike.pop(same, [])
            runs.append(run)
            alike[same] = runs
    by_task: dict[Spec, list[list[Run]]] = defaultdict(list)
    for runs in alike.values():
        by_task[runs[0].task].append(sorted(runs, key=lambda run: run.seed))
    return tuple(_group(task, by_task[task], store) for task in sorted(by_task, key=str))


def _group(task: Spec, runs: list[list[Run]], store: Store) -> TaskTrainings:
    facts, broken = [], []
    for run in (run for several in runs for run in several):
        try:
            path = store.folder_of(run.digest) / FACTS
            facts.extend([TaskFacts.read(path)] if path.exists() else [])
        except Corrupt as error:
            broken.append(readable(str(error)))
    replicates = _labeled(runs, store)
    broken += [line for replicate in replicates for line in replicate.examined.broken]
    notes = tuple(dict.fromkeys(each.note for each in facts if each.note))
    return TaskTrainings(task, replicates, facts[0] if facts else None, notes, tuple(broken))


def _labeled(groups: list[list[Run]], store: Store) -> tuple[Replicates, ...]:
    """Singles named after their mechanism and whatever else tells those of one mechanism apart."""
    settings = [dict(flat(runs[0].to_json())) for runs in groups]
    rivals: dict[str, list[Mapping[str, str]]] = defaultdict(list)
    for own in settings:
        rivals[own["mechanisms"]].append(own)
    telling = {mechanisms: _telling(alike) for mechanisms, alike in rivals.items()}
    replicates = []
    for i, (runs, own) in enumerate(zip(groups, settings, strict=True)):
        keys = [key for key in own if key in telling[own["mechanisms"]]]
        said = ", ".join(f"{key.rpartition('.')[2]}={own[key]}" for key in keys)
        label = readable(f"{runs[0].mechanism} · {said}" if said else runs[0].mechanism)
        read = _drawn if i >= len(groups) - DRAWN else _listed
        replicates.append(read(label, runs, store))
    return tuple(sorted(replicates, key=lambda replicate: replicate.label))


def _telling(rivals: Sequence[Mapping[str, str]]) -> set[str]:
    """The settings in which the descriptions differ, but for the seed."""
    keys = {key for own in rivals for key in own if key != "seed"}
    return {key for key in keys if len({own.get(key) for own in rivals}) > 1}


def _drawn(label: str, runs: list[Run], store: Store) -> Replicates:
    trainings = tuple(_training(run, store) for run in runs)
    finished = [one.run.digest for one in trainings if one.outcome == "finished"]
    curves = read_curves(finished or [run.digest for run in runs], store)
    examined = read_examined([run.digest for run in runs], store)
    return Replicates(label, readable(runs[0].mechanism), trainings, True, curves, examined)


def _listed(label: str, runs: list[Run], store: Store) -> Replicates:
    trainings = tuple(_training(run, store) for run in runs)
    return Replicates(label, readable(runs[0].mechanism), trainings, False, Curves(), Examined())


def _training(run: Run, store: Store) -> Training:
    best, test = store.best(run.digest), store.test(run.digest)
    outcome = store.outcome(run.digest)
    return Training(run, outcome, best.value if best else None, test.value if test else None)
