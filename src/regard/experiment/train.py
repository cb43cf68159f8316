"""Training, as a worker performs it: one run, or several seeds at once, message by message."""

from collections.abc import Generator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, final

from regard.core.errors import Unwritable
from regard.core.execution import Execution
from regard.core.measurement import Measurement
from regard.core.run import Run
from regard.core.run_files import LOG
from regard.experiment.facts import keep_facts
from regard.experiment.failure import line_of, log_error
from regard.experiment.job import Ended, Noted
from regard.experiment.messages import Begun, ClaimAnswer, Message, Said, Work
from regard.experiment.same_data import content_of
from regard.experiment.versions import versions
from regard.store import Outcome

if TYPE_CHECKING:
    from regard.training import InMemory


@final
class TrackedRun:
    """A run under way: where its files are kept, and what its measurements say so far."""

    def __init__(self, run: Run, folder: Path | None, *, with_weights: bool) -> None:
        from regard.training import InMemory  # noqa: PLC0415 (takes a second)

        self.run = run
        self.folder = folder
        self.memory = InMemory() if folder is None and with_weights else None
        self.diverged = False
        self.best: float | None = None

    @property
    def storage(self) -> "Path | InMemory | None":
        """Where training keeps its checkpoints and its log."""
        return self.folder if self.memory is None else self.memory

    def note(self, measurement: Measurement) -> None:
        """Take note of a measurement."""
        self.diverged |= measurement.name == "diverged"
        if measurement.name == "validation/score":
            self.best = measurement.value if self.best is None else max(self.best, measurement.value)

    def ended(self) -> Ended:
        """The run was trained to its end."""
        outcome: Outcome = "diverged" if self.diverged else "finished"
        return Ended(self.run, outcome, score=self.best, weights=self.memory and self.memory.best)


def train(tracked: Sequence[TrackedRun], execution: Execution) -> Work:
    """Train runs that differ in nothing but the seed, at once if there are several.

    Where something keeps them from being trained together, or goes wrong with one of them, they are
    trained one by one, so that it costs no other.
    """
    obstacle = (yield from _together(tracked, execution)) if len(tracked) > 1 else None
    if obstacle is not None:
        _log_line(tracked, f"trained alone and not in a pack of seeds: {obstacle}")
        runs = tuple(one.run for one in tracked)
        yield Noted(runs, f"{len(runs)} seeds are trained one by one and not at once: {obstacle}")
    if obstacle is not None or len(tracked) == 1:
        for one in tracked:
            yield from _alone(one, execution)


def _together(
    tracked: Sequence[TrackedRun], execution: Execution
) -> Generator[Message, ClaimAnswer | None, str | None]:
    """Train runs as one model. Returns what keeps them from it, or went wrong; None if all have ended.

    A run is begun as soon as its first measurement shows that the pack can be trained.
    """
    from regard.training import fit_packed  # noqa: PLC0415 (takes a second)

    by_digest = {one.run.digest: one for one in tracked}
    runs = [one.run for one in tracked]
    try:
        storages = [one.storage for one in tracked]
        for run, measurement in fit_packed(runs, storages, execution.device, execution.form):
            if measurement.name == "train/total_steps":
                yield _begun(run, execution)
            by_digest[run.digest].note(measurement)
            yield Said(run, (measurement,))
        keep_facts(runs, [one.folder for one in tracked if one.folder is not None])
    except Unwritable:
        raise
    except (Exception, SystemExit) as error:  # noqa: BLE001 - the run at fault raises it again, by itself
        return line_of(error)
    for one in tracked:
        yield one.ended()
    return None


def _alone(one: TrackedRun, execution: Execution) -> Work:
    from regard.training import fit  # noqa: PLC0415

    yield _begun(one.run, execution)
    try:
        measured = fit(one.run, one.storage, execution.device, execution.form, execution.evaluator)
        for measurement in measured:
            one.note(measurement)
            yield Said(one.run, (measurement,))
        if one.folder is not None:
            keep_facts([one.run], [one.folder])
    except Unwritable:
        raise  # the disk's fault and not the run's, and nothing can be recorded
    except (Exception, SystemExit) as error:  # noqa: BLE001 - logged in full
        log_error(one.folder, error)
        failure = line_of(error)
    else:
        yield one.ended()
        return
    yield Ended(one.run, "failed", failure)


def _begun(run: Run, execution: Execution) -> Begun:
    content = content_of(run)
    found = versions(execution)
    return Begun(run, found if content is None else found | {"content": content})


def _log_line(tracked: Sequence[TrackedRun], line: str) -> None:
    from regard.training.checkpoints.log import Log  # noqa: PLC0415

    for one in tracked:
        if one.folder is not None:
            Log(one.folder / LOG).write(line)
