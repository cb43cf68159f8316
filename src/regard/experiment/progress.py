"""How far many runs have come."""

from collections.abc import Sequence

from regard.core.run import Run
from regard.experiment.perform import FINAL
from regard.store import Store


def progress(runs: Sequence[Run], store: Store) -> float:
    """The share of all training steps that is done, from 0 to 1, each run counting alike.

    Read from the store, so it holds for runs that other processes perform.
    """
    return sum(_share(run.digest, store) for run in runs) / len(runs) if runs else 1.0


def _share(digest: str, store: Store) -> float:
    if store.outcome(digest) in FINAL:
        return 1.0
    total, latest = store.last(digest, "train/total_steps"), store.last(digest, "train/loss")
    return min(1.0, latest.step / total.value) if total and latest and total.value > 0 else 0.0
