from concurrent.futures import ThreadPoolExecutor
from time import sleep

from regard.core.measurement import Measurement
from regard.experiment import perform, progress
from regard.store import Store


def test_progress_is_the_share_of_steps_done(store: Store, describe) -> None:
    runs = [describe(seed=seed) for seed in range(4)]
    assert progress(runs, store) == 0.0
    for run in runs:
        store.add(run)
    store.record(runs[0].digest, "finished")
    store.record(runs[1].digest, "diverged")
    for name, step, value in [
        ("train/total_steps", 0, 40.0),
        ("train/loss", 5, 1.0),
        ("train/loss", 10, 1.0),
    ]:
        store.append(runs[2].digest, [Measurement(step, name, value)])
    assert progress(runs, store) == (1 + 1 + 10 / 40 + 0) / 4
    assert progress([], store) == 1.0


def test_progress_can_be_watched_while_a_run_is_performed(store: Store, describe) -> None:
    run = describe("Slow", seconds=0.02, steps=40)
    seen = [0.0]
    with ThreadPoolExecutor(1) as thread:
        performing = thread.submit(perform, run, store, "cpu")
        while not performing.done():
            seen.append(progress([run], store))
            sleep(0.01)
    assert performing.result() == "finished"
    seen.append(progress([run], store))
    assert seen == sorted(seen) and seen[-1] == 1.0
    assert any(0 < share < 1 for share in seen)
