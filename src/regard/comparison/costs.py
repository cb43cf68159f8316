"""What the compared models cost, measured side by side and kept with the result."""

import statistics
from collections.abc import Mapping
from typing import final

from regard.comparison.bench import Bench
from regard.comparison.comparison import Comparison
from regard.comparison.documents import recall
from regard.core.entry import Entry
from regard.core.errors import RegardError
from regard.core.execution import Execution
from regard.core.results import ModelCost
from regard.experiment.versions import versions
from regard.measures.cost import SCALES, Figures
from regard.measures.timing import summarize
from regard.store import Store

Costs = Mapping[str, ModelCost]
"""What a model costs, by its entry's label."""

ROUNDS = 5
"""In each of which every model is timed once, in turn."""

PLAIN = Execution()


def costs_of(comparison: Comparison, store: Store, execution: Execution = PLAIN) -> Costs:
    """The costs that the kept result has, or else measured now (see `measure_costs`)."""
    kept = recall(comparison.digest, store)
    if kept is not None:
        return {row.label: row.cost for row in kept.rows}
    return measure_costs(comparison, execution)


def measure_costs(comparison: Comparison, execution: Execution = PLAIN) -> Costs:
    """The costs of every entry, measured now: times differ from one measurement to the next.

    Each figure may take as long as one run. One that takes longer, raises or ends its process is missing,
    with its reason, and costs no other.
    """
    bench = Bench.of(comparison, execution)
    sheets = {entry: _Sheet(entry, bench) for entry in comparison.entries}
    for sheet in sheets.values():
        sheet.weigh()
    for _ in range(ROUNDS):
        for sheet in sheets.values():
            sheet.time()
    first = sheets[comparison.entries[0]]
    return {comparison.label_of(entry): sheet.cost(first) for entry, sheet in sheets.items()}


@final
class _Sheet:
    """What is known of one entry's costs."""

    def __init__(self, entry: Entry, bench: Bench) -> None:
        self.entry = entry
        self.bench = bench
        self.figures: Figures = {}
        self.missing: list[str] = []
        self.rounds: list[tuple[float, float]] = []
        """The seconds of an example in each round: alone, and in the batch."""
        self.timed = True
        """Whether times could be measured so far."""

    def weigh(self) -> None:
        """Measure what does not change from round to round. What comes after a failure has a process anew."""
        names, done = list(SCALES), 0
        while done < len(names):
            try:
                for figures in self.bench.weigh(self.entry, done):
                    self.figures |= figures
                    done += 1
            except RegardError as error:
                self.missing.append(f"{names[done]}: {error}")
                done += 1

    def time(self) -> None:
        """Measure one more round. What failed in one is not tried again."""
        if not self.timed:
            return
        try:
            self.rounds.append(self.bench.time(self.entry))
        except RegardError as error:
            self.timed = False
            self.missing.append(f"times: {error}")

    def cost(self, first: "_Sheet") -> ModelCost:
        """The costs beside those of the first entry."""
        times = self._times(first) if self.timed else {}
        conditions = _conditions(self.bench.execution)
        return ModelCost(
            **self.figures, **times, conditions=conditions, missing=" ".join(self.missing) or None
        )

    def _times(self, first: "_Sheet") -> Figures:
        alone, in_batch = zip(*self.rounds, strict=True)
        found = summarize(alone, [one for one, _ in first.rounds] if first.timed else alone)
        return {
            "latency_ms": 1e3 * found.median,
            "latency_low_ms": 1e3 * found.low,
            "latency_high_ms": 1e3 * found.high,
            "latency_ratio": found.ratio if first.timed else None,
            "throughput_per_s": 1 / statistics.median(in_batch),
        }


def _conditions(execution: Execution) -> str:
    """With what the costs were measured."""
    found = versions(execution)
    packages = ", ".join(f"{name} {found[name]}" for name in ("regard", "torch"))
    return f"{packages}, {found['processor']}, device {found['device']}, 1 thread, {ROUNDS} rounds"
