"""Runs that differ in nothing but the seed, performed together (see `regard.training.pack.pack`)."""

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import ExitStack, suppress
from dataclasses import replace

from regard.core.errors import Unwritable
from regard.core.measurement import Measurement
from regard.core.run import Run
from regard.experiment.claim import claimed
from regard.experiment.facts import keep_facts
from regard.experiment.perform import (
    FINAL,
    RunFailed,
    check_known,
    end,
    line_of,
    performing_claimed,
    start,
)
from regard.experiment.same_data import check_data
from regard.store import Outcome, Store

Followed = tuple[Run, Measurement]


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
    """`perform` for a pack: how each run ended. Why one failed is in the store."""
    with suppress(RunFailed):
        for _ in performing_pack(runs, store, device, patience_seconds):
            pass
    return [store.outcome(run.digest) for run in runs]


def performing_pack(
    runs: Sequence[Run],
    store: Store,
    device: str = "auto",
    patience_seconds: float | None = None,
    tell: Callable[[str], None] = lambda _: None,
) -> Iterator[Followed]:
    """`performing` for a pack: each measurement with its run. Runs that have ended before give none.

    Where something keeps the runs from being trained together, or goes wrong with one of them, they are
    performed one by one, so that it costs no other; `tell` is given the reason, one line. `RunFailed` for
    the first that failed is raised at the end. Settings that cannot be packed are refused before
    anything is kept.
    """
    check_data(runs, store)
    due = _due(runs, store)
    if not due:
        return
    _refuse(due, device)
    for run in due:
        store.add(run)
    with ExitStack() as claims:
        # always in one order, so that two packs never wait for each other
        for digest in sorted(run.digest for run in due):
            claims.enter_context(claimed(store.folder_of(digest), patience_seconds))
        due = _due(due, store)
        obstacle = (yield from _together(due, store, device)) if len(due) > 1 else None
        if obstacle is not None:
            tell(f"{len(due)} seeds are trained one by one and not at once: {obstacle}")
            _log(due, store, f"trained alone and not in a pack of seeds: {obstacle}")
        yield from _one_by_one(_due(due, store), store, device)


def _due(runs: Sequence[Run], store: Store) -> list[Run]:
    return [run for run in runs if store.outcome(run.digest) not in FINAL]


def _refuse(runs: Sequence[Run], device: str) -> None:
    from regard.training import refuse  # noqa: PLC0415 (takes a second)
    from regard.training.pack.pack import refuse_packing  # noqa: PLC0415

    refuse(runs[0], device)
    refuse_packing(runs[0])


def _together(runs: Sequence[Run], store: Store, device: str) -> Generator[Followed, None, str | None]:
    """Train runs as one model. Returns what keeps them from it, or went wrong; None if all have ended.

    A run is started as soon as its first measurement shows that the pack can be trained.
    """
    from regard.training import fit_packed  # noqa: PLC0415

    for run in runs:
        check_known(run.digest, store)
    try:
        for run, measurement in fit_packed(runs, [store.folder_of(run.digest) for run in runs], device):
            if measurement.name == "train/total_steps":
                start(run, store, device)
            store.append(run.digest, [measurement])
            yield run, measurement
        keep_facts(runs, store)
    except Unwritable:
        raise
    except (Exception, SystemExit) as error:  # noqa: BLE001 - whoever is to blame meets it again, alone
        return line_of(error)
    for run in runs:
        end(run, store)
    return None


def _one_by_one(runs: Sequence[Run], store: Store, device: str) -> Iterator[Followed]:
    failures = []
    for run in runs:
        try:
            yield from ((run, measurement) for measurement in performing_claimed(run, store, device))
        except RunFailed as failure:
            failures.append(str(failure))  # the words alone: the error would keep its trainer alive
    if failures:
        raise RunFailed(failures[0])


def _log(runs: Sequence[Run], store: Store, line: str) -> None:
    from regard.training.checkpoints.log import Log  # noqa: PLC0415
    from regard.training.checkpoints.run_folder import LOG  # noqa: PLC0415

    for run in runs:
        Log(store.folder_of(run.digest) / LOG).write(line)
