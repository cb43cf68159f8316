"""Comparisons whose runs are written into a store by hand: nothing is trained."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from by_hand import TEST_SCORES, ended, entries, examined, seed_runs

from regard.comparison import Comparison
from regard.core.results import ModelCost
from regard.core.settings import ModelSettings, TrainingSettings
from regard.core.spec import Spec
from regard.store import Outcome, Store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "project") as store:
        yield store


@pytest.fixture
def make() -> Callable[..., Comparison]:
    """A small comparison on digits: softmax, linear and uniform unless said otherwise."""

    def make(**changes: Any) -> Comparison:
        plain = {
            "task": Spec.of("digits"),
            "entries": entries("softmax", "linear", "uniform"),
            "model": ModelSettings(layers=1, features=16, heads=2, hidden=16),
            "training": TrainingSettings(epochs=2),
            "grid": (0.001, 0.003),
            "seeds": 5,
        }
        return Comparison(**(plain | changes))

    return make


@pytest.fixture
def performed(store: Store) -> Callable[..., None]:
    """Fills the store with a whole comparison; `failing` holds (label, seed) of runs that diverge."""

    def performed(comparison: Comparison, failing: frozenset[tuple[str, int]] = frozenset()) -> None:
        for entry in comparison.entries:
            for rate in comparison.grid:
                ended(store, comparison.run(entry, rate, 0), {20: 0.5, 40: 0.9 + rate})
        for run in seed_runs(comparison, store):
            fails = (run.mechanism, run.seed) in failing
            if run.seed:
                outcome: Outcome = "diverged" if fails else "finished"
                ended(store, run, {20: 0.5, 40: 0.9}, outcome)
            if not fails:
                examined(store, run, TEST_SCORES[run.mechanism][run.seed])

    return performed


@pytest.fixture
def costs() -> dict[str, ModelCost]:
    """Made-up costs of the three mechanisms."""
    one = ModelCost(
        parameters=102_218,
        mechanism_parameters=0,
        flops=3_513_648,
        mechanism_flops=161_840,
        latency_ms=0.31,
        latency_low_ms=0.3,
        latency_high_ms=0.33,
        latency_ratio=1.0,
        throughput_per_s=9564.8,
        inference_peak_bytes=3_489_576,
        training_peak_bytes=11_706_696,
        memory_method="by hand",
    )
    return dict.fromkeys(TEST_SCORES, one)
