"""Many runs on a cluster of machines: one that is lost costs no result."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pools import ends, repeatable, trainings

from regard.core.errors import InvalidOption, RegardError
from regard.core.execution import Execution
from regard.experiment import Ended, Job, LocalPool, Measured, pool_for
from regard.store import Store
from regard.training import fit

# Ray itself leaves files and processes to the collector
pytestmark = pytest.mark.filterwarnings("default")


def on_ray(workers: int = 2, **how: Any) -> Execution:
    return Execution(device="cpu", workers=workers, pool="ray", **how)


def test_a_missing_library_is_one_line(monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(RegardError, match=r"needs the package ray, .* pip install 'regard\[ray\]'") as error:
        pool_for(on_ray())
    assert "\n" not in str(error.value)


def test_ray_chooses_among_devices_of_a_kind() -> None:
    with pytest.raises(InvalidOption, match="write cuda, not cuda:1"):
        pool_for(Execution(device="cuda:1", pool="ray"))


def test_what_performs_runs_is_an_option() -> None:
    with pool_for(Execution()) as pool:
        assert isinstance(pool, LocalPool)


@pytest.fixture
def cluster() -> Iterator[Any]:
    """A machine that only leads, and two that work."""
    ray = pytest.importorskip("ray")
    from ray.cluster_utils import Cluster  # noqa: PLC0415

    size = {"object_store_memory": 80 * 2**20, "include_dashboard": False}
    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, **size})
    cluster.workers = [cluster.add_node(num_cpus=1, **size) for _ in range(2)]
    ray.init(address=cluster.address, log_to_driver=False)
    yield cluster
    ray.shutdown()
    cluster.shutdown()


@pytest.mark.long
def test_a_machine_that_is_lost_costs_no_result(store: Store, describe, cluster) -> None:
    runs = [describe("Slow", seconds=0.05, steps=40, seed=seed) for seed in range(4)]
    ended, working = [], set()
    with pool_for(on_ray()) as pool:
        for job in trainings(runs, store):
            pool.submit(job)
        for report in pool.report():
            if isinstance(report, Measured):
                working.add(report.run)
            if len(working) == 2 and cluster.workers:
                cluster.remove_node(cluster.workers.pop(), allow_graceful=False)
                cluster.workers.clear()
            if isinstance(report, Ended):
                ended.append(report)
    assert [each.outcome for each in ended] == ["finished"] * 4
    starts = [sum(event.kind == "started" for event in store.events(run.digest)) for run in runs]
    assert sorted(starts) == [1, 1, 1, 2]
    for run in runs:
        assert repeatable(store.measurements(run.digest)) == repeatable(fit(run, device="cpu"))


@pytest.mark.long
def test_limits_and_failures_cost_no_other_run(store: Store, describe, cluster, tmp_path: Path) -> None:
    bad = {
        "exceeded its time limit of 8 seconds": describe("Slow", seconds=60.0),
        "killed, as happens when memory runs out": describe("Ends", how="killed"),
        "ValueError: the first line and the second": describe("Raises"),
    }
    good = describe()
    with pool_for(on_ray(timeout_seconds=8.0)) as pool:
        reports = {each.run: each for each in ends(pool, trainings([*bad.values(), good], store))}
        for line, run in bad.items():
            assert reports[run].outcome == "failed" and line in reports[run].detail
        assert reports[good].outcome == "finished"
        (afar,) = ends(pool, [Job((describe(seed=1),), with_weights=True)])
        assert afar.outcome == "finished" and afar.weights
