"""What runs note of their task."""

import json

from pools import CPU, ends

from regard.core.results import TaskFacts
from regard.core.spec import Spec
from regard.experiment import Job, SerialPool, facts, perform
from regard.store import FACTS, Store
from regard.tasks import TASKS


def facts_of(name, **options):
    spec = TASKS.complete(Spec.of(name, options))
    return facts(spec, TASKS.build(spec.name, **spec.settings))


def test_only_options_that_are_no_defaults_are_told_apart():
    found = facts_of("state_tracking", group="Z3", samples=500, held_out=100, lengths=(32,))
    assert found.changed == {"group": "Z3", "samples": 500, "held_out": 100, "lengths": [32]}
    assert found.options["longest"] == 16
    assert found.chances["length 32"] == found.chance == 1 / 3
    assert found == TaskFacts.from_json(json.loads(json.dumps(found.to_json())))


def test_a_run_notes_its_task_where_the_page_finds_it(store: Store, describe) -> None:
    run = describe()
    perform(run, store, CPU)
    found = TaskFacts.read(store.folder_of(run.digest) / FACTS)
    assert (found.name, found.metric, found.ceiling) == ("arithmetic", "exact match", 1.0)
    assert 0 < found.chance < 1


def test_every_run_of_a_pack_notes_it(store: Store, describe) -> None:
    runs = [describe(seed=seed) for seed in range(2)]
    with SerialPool(CPU) as pool:
        ends(pool, [Job(tuple(runs), folder=store.folder)])
    assert all((store.folder_of(run.digest) / FACTS).is_file() for run in runs)
