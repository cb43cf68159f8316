"""One run, from its description to stored measurements."""

import json
import traceback
from collections.abc import Iterator

from regard.core.errors import Corrupt, RegardError, Unwritable
from regard.core.measurement import Measurement
from regard.core.run import Run
from regard.experiment.claim import claimed
from regard.experiment.facts import keep_facts
from regard.experiment.same_data import check_data, content_of
from regard.experiment.versions import versions
from regard.store import Outcome, Store

FINAL = ("finished", "diverged")
"""Outcomes after which a run is never performed again."""


class RunFailed(RegardError):
    """A run ended with an error, or cannot be examined. The next command tries it again."""


def perform(run: Run, store: Store, device: str = "auto", patience_seconds: float | None = None) -> Outcome:
    """Train what `run` describes, go on where it was interrupted, or return at once if it has ended.

    While another process performs the same run this one waits for it, and raises `Busy` after
    `patience_seconds` (None: never). Raises `RunFailed` for whatever goes wrong within the run,
    `Unwritable` or `Corrupt` for what goes wrong with the store, and `Corrupt` if the run's data have
    changed since it was started. What a description gets wrong (see `regard.training.parts.refuse`) is raised
    before anything is kept of it.
    """
    for _ in performing(run, store, device, patience_seconds):
        pass
    outcome = store.outcome(run.digest)
    assert outcome is not None
    return outcome


def performing(
    run: Run, store: Store, device: str = "auto", patience_seconds: float | None = None
) -> Iterator[Measurement]:
    """The same as `perform`, step by step: each measurement, as soon as it is in the store.

    The first is `train/total_steps`; a run that has ended before gives none. Training goes on only when
    the next one is asked for, so a checkpoint never knows more than the store.
    """
    from regard.training import refuse  # noqa: PLC0415 (takes a second)

    check_data([run], store)
    if store.outcome(run.digest) in FINAL:
        return
    refuse(run, device)
    store.add(run)
    with claimed(store.folder_of(run.digest), patience_seconds):
        if store.outcome(run.digest) not in FINAL:  # again: another process may have ended it while we waited
            yield from performing_claimed(run, store, device)


def performing_claimed(run: Run, store: Store, device: str) -> Iterator[Measurement]:
    """`performing` a run that has not ended, whose folder is held."""
    from regard.training import fit  # noqa: PLC0415

    start(run, store, device)
    try:
        for measurement in fit(run, store.folder_of(run.digest), device):
            store.append(run.digest, [measurement])
            yield measurement
        keep_facts([run], store)
    except Unwritable:
        raise  # the disk's fault, not the run's: and nothing can be recorded
    except (Exception, SystemExit) as error:
        raise failed(run.digest, store, error) from error
    end(run, store)


def end(run: Run, store: Store) -> None:
    """Keep how a run ended that was trained to its end."""
    store.record(run.digest, "diverged" if store.last(run.digest, "diverged") else "finished")


def start(run: Run, store: Store, device: str) -> None:
    """Keep with what, and on which data, a run is started. Raises `Corrupt` where it must not be."""
    check_known(run.digest, store)
    check_data([run], store)  # again: another process may have started it while we waited
    content = content_of(run)
    data = {} if content is None else {"content": content}
    store.record(run.digest, "started", json.dumps(versions(device) | data))


def check_known(digest: str, store: Store) -> None:
    """A checkpoint holds no curve: without the store's half of a run it must not be gone on with."""
    folder = store.folder_of(digest)
    started = any(event.kind == "started" for event in store.events(digest))
    if not started and (folder / "last.safetensors").exists():
        message = (
            f"{folder} holds a run of which the store knows no measurements. "
            f"Restore the store that belongs to it, or remove {folder} to train it anew."
        )
        raise Corrupt(message)


def failed(digest: str, store: Store, error: BaseException) -> RunFailed:
    """Keep the one line in the store and the whole story in the run's log."""
    line = line_of(error)
    log = store.folder_of(digest) / "log.txt"
    try:
        with log.open("a", encoding="utf-8") as file:
            file.writelines(traceback.format_exception(error))
    except OSError as full:
        raise Unwritable(f"{log} cannot be written ({full.strerror}).") from error
    store.record(digest, "failed", line)
    return RunFailed(f"Run {digest} failed: {line} (more in {log})")


def line_of(error: BaseException) -> str:
    """An error in one line."""
    line = str(error) if isinstance(error, RegardError) else f"{type(error).__name__}: {error}"
    return " ".join(line.split())
