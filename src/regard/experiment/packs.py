"""Runs that differ in nothing but the seed, performed together (see `regard.training.pack`)."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace

from regard.core.errors import Unwritable
from regard.core.measurement import Measurement
from regard.core.run import Run
from regard.experiment.claim import claimed
from regard.experiment.perform import FINAL, failed, start
from regard.experiment.same_data import check_data
from regard.store import Outcome, Store


def packs(runs: Sequence[Run]) -> list[tuple[Run, ...]]:
    """Runs in packs of at most `training.packed_seeds`; a run that must be alone is a pack of one."""
    groups: dict[str, list[Run]] = {}
    for run in runs:
        groups.setdefault(replace(run, seed=0).digest, []).append(run)
    return [
        tuple(group[start : start + size])
        for group in groups.values()
        for size in [group[0].training.packed_seeds]
        for start in range(0, len(group), size)
    ]


def perform_pack(
    runs: Sequence[Run], store: Store, device: str = "auto", patience_seconds: float | None = None
) -> list[Outcome | None]:
    """`perform` for a pack: how each run ended. What goes wrong with one goes wrong with all."""
    for _ in performing_pack(runs, store, device, patience_seconds):
        pass
    return [store.outcome(run.digest) for run in runs]


def performing_pack(
    runs: Sequence[Run], store: Store, device: str = "auto", patience_seconds: float | None = None
) -> Iterator[tuple[Run, Measurement]]:
    """`performing` for a pack: each measurement with its run. Runs that have ended before give none."""
    check_data(runs, store)
    for run in runs:
        store.add(run)
    with ExitStack() as claims:
        # always in one order, so that two packs never wait for each other
        for digest in sorted(run.digest for run in runs):
            claims.enter_context(claimed(store.folder_of(digest), patience_seconds))
        due = [run for run in runs if store.outcome(run.digest) not in FINAL]
        if due:
            yield from _performing(due, store, device)


def _performing(runs: Sequence[Run], store: Store, device: str) -> Iterator[tuple[Run, Measurement]]:
    from regard.training import fit_packed, planned_steps  # noqa: PLC0415 (takes a second)

    total = Measurement(0, "train/total_steps", float(planned_steps(runs[0])))
    for run in runs:
        start(run, store, device)
        store.append(run.digest, [total])
        yield run, total
    folders = [store.folder_of(run.digest) for run in runs]
    try:
        for run, measurement in fit_packed(runs, folders, device):
            store.append(run.digest, [measurement])
            yield run, measurement
    except Unwritable:
        raise
    except (Exception, SystemExit) as error:
        stories = [failed(run.digest, store, error) for run in runs]
        raise stories[0] from error
    for run in runs:
        store.record(run.digest, "diverged" if store.last(run.digest, "diverged") else "finished")
