"""What a reader of a run's scores must know, kept beside them: pages know no task."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from regard.core import files
from regard.core.run import Run
from regard.core.spec import Spec
from regard.data import Task
from regard.store import FACTS
from regard.tasks import TASKS


def facts(spec: Spec, task: Task) -> dict[str, Any]:
    """As JSON: the task's name and options, those that are no defaults, its metric and its limits."""
    known = TASKS.options(spec.name)
    described = spec.to_json()
    return {
        **described,
        "changed": {
            name: described["options"][name] for name, value in spec.options if value != known[name].default
        },
        "metric": task.metric,
        "chance": float(task.chance),
        "ceiling": float(task.ceiling),
        "note": task.note,
        "chances": task.chances(),
        "numbers": list(task.numbers),
    }


def keep_facts(runs: Sequence[Run], folders: Iterable[Path]) -> None:
    """Put `task.json` into the folders of runs on one task. Raises `Unwritable`."""
    spec = runs[0].task
    found = json.dumps(facts(spec, TASKS.build(spec.name, **spec.settings)), indent=1)
    for folder in folders:
        files.write(folder / FACTS, found.encode())
