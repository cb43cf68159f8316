"""What runs would have left behind in a store."""

from collections.abc import Mapping

from regard.comparison.comparison import Comparison
from regard.comparison.plan import paired_runs
from regard.core.entry import Entry
from regard.core.measurement import Measurement
from regard.core.run import Run
from regard.core.spec import Spec
from regard.store import Outcome, Store

TEST_SCORES = {
    "softmax": (0.96, 0.97, 0.965, 0.955, 0.962),
    "linear": (0.961, 0.968, 0.966, 0.956, 0.963),
    "uniform": (0.80, 0.82, 0.81, 0.79, 0.83),
}


def entries(*names: str) -> tuple[Entry, ...]:
    return tuple(Entry((Spec.of(name),)) for name in names)


def ended(
    store: Store,
    run: Run,
    curve: Mapping[int, float],
    outcome: Outcome = "finished",
    loss: float = 1.0,
) -> None:
    """Write what a run would have left behind, with this validation curve."""
    store.add(run)
    store.record(run.digest, "started", '{"regard": "0.1.0"}')
    for step, score in curve.items():
        store.append(
            run.digest,
            [
                Measurement(step, "train/loss", loss),
                Measurement(step, "validation/score", score),
                Measurement(step, "validation/loss", loss),
            ],
        )
    store.record(run.digest, outcome)


def examined(store: Store, run: Run, score: float) -> None:
    store.append(run.digest, [Measurement(0, "test/score", score)])
    store.record(run.digest, "tested")


def seed_runs(comparison: Comparison, store: Store) -> list[Run]:
    """Every entry with every seed, at its chosen value; the grid has to be tried before."""
    return [run for entry in comparison.entries for run in paired_runs(comparison, entry, store)]
