"""The one writer of a store: what workers say is recorded here and nowhere else."""

import json
from dataclasses import replace
from pathlib import Path
from typing import final

from regard.core.errors import Corrupt
from regard.core.run import Run
from regard.core.run_files import BEST, LAST, LOG
from regard.experiment.job import Ended, Job, Measured, Noted, Report
from regard.experiment.messages import Begun, ClaimAnswer, Claimed, Message, Said, TestOpened
from regard.experiment.same_data import check_content, check_data
from regard.store import FACTS, Store

FINAL = ("finished", "diverged")
"""Outcomes after which a run is not performed again, unless its folder has been removed."""

Taken = tuple[ClaimAnswer | None, list[Report]]
"""The answer to a message, and what is reported of it."""


@final
class Keeper:
    """Keeps what is said about runs in the stores of the jobs' folders; of jobs without one, nothing.

    Every method may raise `Unwritable` or `Corrupt`.
    """

    def __init__(self) -> None:
        self._stores: dict[Path, Store] = {}

    def close(self) -> None:
        """Let go of all stores."""
        for store in self._stores.values():
            store.close()
        self._stores.clear()

    def admit(self, job: Job) -> tuple[Job | None, list[Ended]]:
        """What is left to do of a job, and how those of its runs ended that need no work.

        Raises `Corrupt` if the data of a run have changed since it was started.
        """
        store = self._store(job)
        if store is None:
            return job, []
        check_data(job.runs, store)
        ended = {run: end for run in job.runs if (end := _known(job, run, store)) is not None}
        due = tuple(run for run in job.runs if run not in ended)
        return (replace(job, runs=due) if due else None), list(ended.values())

    def take(self, job: Job, message: Message) -> Taken:
        """Keep what a message says."""
        store = self._store(job)
        match message:
            case Claimed(run):
                return self._claimed(job, run, store)
            case Said(run, measurements):
                if store is not None:
                    store.append(run.digest, measurements)
                return None, [Measured(run, measurement) for measurement in measurements]
            case Begun() | TestOpened():
                if store is not None:
                    _record(message, store)
                return None, []
            case Noted():
                return None, [message]
            case Ended():
                return None, [message if store is None else _end(job, message, store)]

    def lose(self, job: Job, run: Run, reason: str) -> Ended:
        """Record that a run's process ended before it could say how the run ended."""
        store = self._store(job)
        if store is not None:
            store.add(run)
            reason = f"{reason} The same command goes on where it was."
            store.record(run.digest, "failed", reason)
            reason = f"{reason} (more in {store.folder_of(run.digest) / LOG})"
        return Ended(run, "failed", f"Run {run.digest} failed: {reason}")

    def _store(self, job: Job) -> Store | None:
        if job.folder is None:
            return None
        if job.folder not in self._stores:
            self._stores[job.folder] = Store(job.folder)
        return self._stores[job.folder]

    def _claimed(self, job: Job, run: Run, store: Store | None) -> Taken:
        """The answer to a claim: whether another command has left anything to do in the meantime."""
        if store is None:
            return ClaimAnswer(due=True), []
        known = _known(job, run, store)
        if known is not None:
            return ClaimAnswer(due=False), [known]
        store.add(run)
        check_known(run.digest, store)
        best = store.best(run.digest)
        again = job.what == "train" and store.outcome(run.digest) in FINAL
        line = f"Run {run.digest} had ended, but its folder was removed: it is trained again."
        noted: list[Report] = [Noted((run,), line)] if again else []
        return ClaimAnswer(due=True, best_step=best.step if best else 0), noted


def check_known(digest: str, store: Store) -> None:
    """Raise `Corrupt` for a run with a checkpoint but no measurements: it cannot go on without its curve."""
    folder = store.folder_of(digest)
    started = any(event.kind == "started" for event in store.events(digest))
    if not started and (folder / LAST).exists():
        message = (
            f"{folder} holds a run of which the store knows no measurements. "
            f"Restore the store that belongs to it, or remove {folder} to train it anew."
        )
        raise Corrupt(message)


def _known(job: Job, run: Run, store: Store) -> Ended | None:
    """How a run ended that needs no work, or cannot be worked on."""
    outcome = store.outcome(run.digest)
    if job.what == "train":
        # the facts are what a training writes last: without them it has been removed, or has begun again
        if outcome is None or outcome == "failed" or not (store.folder_of(run.digest) / FACTS).exists():
            return None
        return _brought(job, Ended(run, outcome), store)
    test = store.test(run.digest)
    if test is not None:
        return Ended(run, "finished", score=test.value)
    if outcome == "finished":
        return None
    detail = f"Run {run.digest} has not finished, so its test split is not read. Perform it first."
    return Ended(run, "failed", detail)


def _brought(job: Job, ended: Ended, store: Store) -> Ended:
    """The end of a training, with what the project folder knows of it."""
    best = store.best(ended.run.digest)
    path = store.folder_of(ended.run.digest) / BEST
    weights = path.read_bytes() if job.with_weights and path.exists() else None
    return replace(ended, score=best.value if best else None, weights=weights)


def _record(message: Begun | TestOpened, store: Store) -> None:
    match message:
        case Begun(run, versions):
            check_content(run, versions.get("content"), store)
            store.record(run.digest, "started", json.dumps(versions))
        case TestOpened(run):
            store.record(run.digest, "tested")


def _end(job: Job, ended: Ended, store: Store) -> Ended:
    """Record how a run ended. Where its end was lost it says nothing of a divergence: the store knows."""
    run, outcome = ended.run, ended.outcome
    if outcome == "failed":
        store.record(run.digest, outcome, ended.detail)
        log = store.folder_of(run.digest) / LOG
        return replace(ended, detail=f"Run {run.digest} failed: {ended.detail} (more in {log})")
    if job.what == "examine":
        return ended
    outcome = "diverged" if store.last(run.digest, "diverged") else "finished"
    store.record(run.digest, outcome)
    return _brought(job, replace(ended, outcome=outcome), store)
