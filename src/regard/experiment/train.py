"""Training, as a worker performs it: one run, or several seeds at once, message by message."""

from collections.abc import Generator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, final

from regard.core.errors import Unwritable
from regard.core.execution import Execution
from regard.core.measurement import Measurement
from regard.core.run import Run
from regard.experiment.facts import keep_facts
from regard.experiment.failure import line_of, log_story
from regard.experiment.job import Ended, Noted
from regard.experiment.messages import Begun, Message, Said, Standing, Work
from regard.experiment.same_data import content_of
from regard.experiment.versions import versions
from regard.store import Outcome

if TYPE_CHECKING:
    from regard.training import InMemory


@final
class Placed:
    """A run, where it keeps its files, and what its measurements say so far."""

    def __init__(self, run: Run, folder: Path | None, *, with_weights: bool) -> None:
        from regard.training import InMemory  # noqa: PLC0415 (takes a second)

        self.run = run
        self.folder = folder
        self.memory = InMemory() if folder is None and with_weights else None
        self.diverged = False
        self.best: float | None = None

    @property
    def home(self) -> "Path | InMemory | None":
        """Where training keeps what it must not lose."""
        return self.folder if self.memory is None else self.memory

    def hear(self, measurement: Measurement) -> None:
        """Take note of a measurement."""
        self.diverged |= measurement.name == "diverged"
        if measurement.name == "validation/score":
            self.best = measurement.value if self.best is None else max(self.best, measurement.value)

    def ended(self) -> Ended:
        """The run was trained to its end."""
        outcome: Outcome = "diverged" if self.diverged else "finished"
        return Ended(self.run, outcome, score=self.best, weights=self.memory and self.memory.best)


def train(placed: Sequence[Placed], execution: Execution) -> Work:
    """Train runs that differ in nothing but the seed, at once if there are several.

    Where something keeps them from being trained together, or goes wrong with one of them, they are
    trained one by one, so that it costs no other.
    """
    obstacle = (yield from _together(placed, execution)) if len(placed) > 1 else None
    if obstacle is not None:
        _log(placed, f"trained alone and not in a pack of seeds: {obstacle}")
        runs = tuple(one.run for one in placed)
        yield Noted(runs, f"{len(runs)} seeds are trained one by one and not at once: {obstacle}")
    if obstacle is not None or len(placed) == 1:
        for one in placed:
            yield from _alone(one, execution)


def _together(
    placed: Sequence[Placed], execution: Execution
) -> Generator[Message, Standing | None, str | None]:
    """Train runs as one model. Returns what keeps them from it, or went wrong; None if all have ended.

    A run is begun as soon as its first measurement shows that the pack can be trained.
    """
    from regard.training import fit_packed  # noqa: PLC0415 (takes a second)

    by_digest = {one.run.digest: one for one in placed}
    runs = [one.run for one in placed]
    try:
        homes = [one.home for one in placed]
        for run, measurement in fit_packed(runs, homes, execution.device, execution.form):
            if measurement.name == "train/total_steps":
                yield _begun(run, execution)
            by_digest[run.digest].hear(measurement)
            yield Said(run, (measurement,))
        keep_facts(runs, [one.folder for one in placed if one.folder is not None])
    except Unwritable:
        raise
    except (Exception, SystemExit) as error:  # noqa: BLE001 - whoever is to blame meets it again, alone
        return line_of(error)
    for one in placed:
        yield one.ended()
    return None


def _alone(one: Placed, execution: Execution) -> Work:
    from regard.training import fit  # noqa: PLC0415

    yield _begun(one.run, execution)
    try:
        for measurement in fit(one.run, one.home, execution.device, execution.form):
            one.hear(measurement)
            yield Said(one.run, (measurement,))
        if one.folder is not None:
            keep_facts([one.run], [one.folder])
    except Unwritable:
        raise  # the disk's fault, not the run's: and nothing can be recorded
    except (Exception, SystemExit) as error:  # noqa: BLE001 - told in full in the run's log
        log_story(one.folder, error)
        failure = line_of(error)
    else:
        yield one.ended()
        return
    yield Ended(one.run, "failed", failure)


def _begun(run: Run, execution: Execution) -> Begun:
    content = content_of(run)
    found = versions(execution)
    return Begun(run, found if content is None else found | {"content": content})


def _log(placed: Sequence[Placed], line: str) -> None:
    from regard.training.checkpoints.log import Log  # noqa: PLC0415
    from regard.training.checkpoints.run_folder import LOG  # noqa: PLC0415

    for one in placed:
        if one.folder is not None:
            Log(one.folder / LOG).write(line)
