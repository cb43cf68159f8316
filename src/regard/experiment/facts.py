"""What a reader of a run's scores must know, kept beside them: pages know no task."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

from regard.core import files
from regard.core.results import TaskFacts
from regard.core.run import Run
from regard.core.spec import Spec
from regard.data import Task
from regard.store import FACTS
from regard.tasks import TASKS


def facts(spec: Spec, task: Task) -> TaskFacts:
    """The task's name and options, those that are no defaults, its metric and its limits."""
    known = TASKS.options(spec.name)
    options = spec.to_json()["options"]
    return TaskFacts(
        name=spec.name,
        metric=task.metric,
        chance=float(task.chance),
        ceiling=float(task.ceiling),
        options=options,
        changed={name: options[name] for name, value in spec.options if value != known[name].default},
        note=task.note,
        chances=task.chances(),
        numbers=tuple(task.numbers),
    )


def keep_facts(runs: Sequence[Run], folders: Iterable[Path]) -> None:
    """Put `task.json` into the folders of runs on one task. Raises `Unwritable`."""
    spec = runs[0].task
    found = json.dumps(facts(spec, TASKS.build(spec.name, **spec.settings)).to_json(), indent=1)
    for folder in folders:
        files.write(folder / FACTS, found.encode())
