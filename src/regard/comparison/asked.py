"""Which paired runs the verdicts ask for, by what the store knows so far."""

import itertools
from collections.abc import Mapping, Sequence

from regard.comparison.comparison import Comparison
from regard.comparison.judge import judge
from regard.comparison.plan import paired_runs
from regard.comparison.standard import Scores, Standard, learned
from regard.core.run import Run
from regard.data import Task
from regard.store import Store


def standard_of(comparison: Comparison, task: Task) -> Standard:
    """What the verdicts of a comparison on this task are held against."""
    return Standard(
        margin=comparison.margin,
        level=comparison.level,
        resolution=1 / len(task.split("test")),
        chance=float(task.chance),
        looks=comparison.looks,
    )


def asked_runs(comparison: Comparison, store: Store, standard: Standard) -> dict[str, list[Run]]:
    """The runs of each entry at its chosen value, one per seed, by label; every grid has to be tried before.

    Those up to the first look, and of entries that are still open, and of the baseline, those up to the
    next; no further than to a look whose runs have not all ended, and no further where neither the entry nor
    the baseline is shown to beat chance: two that guess differ at no number of seeds. A function of what the
    store holds, so that it does not matter how often it was interrupted or what was trained before.
    """
    every = {
        comparison.label_of(entry): paired_runs(comparison, entry, store) for entry in comparison.entries
    }
    asked = {label: runs[: comparison.looks[0]] for label, runs in every.items()}
    for _, further in itertools.pairwise(comparison.looks):
        if any(store.outcome(run.digest) is None for runs in asked.values() for run in runs):
            break
        scores = test_scores(asked, store)
        waiting = _waiting(scores, comparison.baseline, standard)
        if not waiting:
            break
        asked |= {label: every[label][:further] for label in (comparison.baseline, *waiting)}
    return asked


def _waiting(scores: Mapping[str, Scores], baseline: str, standard: Standard) -> list[str]:
    """Who is open, and may yet be decided by further seeds."""
    judged = judge(scores, baseline, standard)
    base_learned = learned(scores[baseline], standard)
    return [
        label
        for label, each in judged.items()
        if each.verdict == "undecided"
        and each.pairs
        and (base_learned or learned(scores[label], standard, among=len(scores)))
    ]


def test_scores(runs: Mapping[str, Sequence[Run]], store: Store) -> dict[str, Scores]:
    """By label and seed; None where a run has no test score."""
    return {label: {run.seed: test_score(run, store) for run in own} for label, own in runs.items()}


def test_score(run: Run, store: Store) -> float | None:
    """The score on the test split, None where there is none."""
    found = store.test(run.digest)
    return None if found is None else found.value
