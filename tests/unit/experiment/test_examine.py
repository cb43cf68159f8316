"""The test split is read once, by the best weights, of finished runs."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from pools import CPU

from regard.core.errors import UnknownName
from regard.experiment import RunFailed, examine, perform
from regard.store import Store
from regard.tasks import TASKS
from regard.training import evaluate, load


def test_the_test_split_is_read_once_with_the_best_weights(store: Store, describe) -> None:
    run = describe(steps=60)
    perform(run, store, CPU)
    assert store.test(run.digest) is None
    assert not any(m.name.startswith("test/") for m in store.measurements(run.digest))
    score = examine(run.digest, store, CPU)

    task = TASKS.build(run.task.name, **run.task.settings)
    found = evaluate(load(store.folder_of(run.digest)), task, "test", 1000)
    assert score == pytest.approx(found.score)
    loss = store.last(run.digest, "test/loss")
    assert loss is not None and loss.value == pytest.approx(found.loss, rel=1e-5)
    best, test = store.best(run.digest), store.test(run.digest)
    assert best is not None and test is not None and test.step == best.step == loss.step

    (store.folder_of(run.digest) / "best.safetensors").unlink()  # so that reading again would fail
    assert examine(run.digest, store, CPU) == score
    assert [event.kind for event in store.events(run.digest)] == ["started", "finished", "tested"]


@pytest.mark.parametrize("mechanism", ["Diverges", "Raises", "softmax"])
def test_only_a_finished_run_is_examined(store: Store, describe, mechanism: str) -> None:
    run = describe(mechanism)
    store.add(run)
    if mechanism == "Raises":
        with pytest.raises(RunFailed):
            perform(run, store, CPU)
    elif mechanism == "Diverges":
        perform(run, store, CPU)
    with pytest.raises(RunFailed, match="has not finished"):
        examine(run.digest, store, CPU)
    with pytest.raises(UnknownName):
        examine("0123456789abcdef", store, CPU)


def test_two_at_once_read_it_once(store: Store, describe) -> None:
    run = describe("Slow", seconds=0.02)
    perform(run, store, CPU)
    with ThreadPoolExecutor(2) as threads:
        scores = [threads.submit(examine, run.digest, store, CPU) for _ in range(2)]
        assert scores[0].result() == scores[1].result()
    assert [event.kind for event in store.events(run.digest)].count("tested") == 1


def test_missing_weights_are_one_line_and_the_run_stays_finished(store: Store, describe) -> None:
    run = describe()
    perform(run, store, CPU)
    (store.folder_of(run.digest) / "best.safetensors").unlink()
    with pytest.raises(RunFailed, match=r"has no best\.safetensors"):
        examine(run.digest, store, CPU)
    assert store.outcome(run.digest) == "finished"
    assert store.test(run.digest) is None
