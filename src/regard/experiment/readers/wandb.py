"""Runs for Weights & Biases, written without a network."""

from pathlib import Path
from typing import Any, final

from regard.core.errors import RegardError
from regard.core.files import writing
from regard.core.measurement import Measurement
from regard.core.run import Run
from regard.experiment.reader import Reader, title_of
from regard.mechanisms import label
from regard.store import Outcome


@final
class Wandb(Reader):
    """Offline runs under `wandb` in the project folder; `wandb sync` uploads them on request.

    Nothing is ever sent from here. Test figures, which belong to an earlier step than the last, become the
    summary of their run. Raises `RegardError` where the library is missing.
    """

    def __init__(self, folder: Path) -> None:
        try:
            import wandb  # noqa: PLC0415 (takes a second)
        except ImportError as error:
            message = "The reader 'wandb' needs the package wandb, which is not installed."
            raise RegardError(f"{message} Run pip install 'regard[wandb]'.") from error
        with writing(folder):
            folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self._library = wandb
        self._runs: dict[Run, Any] = {}

    def begin(self, run: Run) -> None:
        self._runs[run] = self._library.init(
            mode="offline",
            dir=str(self.folder),
            project="regard",
            id=run.digest,
            name=title_of(run),
            group=label(run.mechanisms),
            config=run.to_json(),
            reinit="create_new",
            settings=self._library.Settings(silent=True, console="off"),
        )

    def read(self, run: Run, measurement: Measurement) -> None:
        if measurement.name.startswith("test/"):
            self._runs[run].summary[measurement.name] = measurement.value
        else:
            self._runs[run].log({measurement.name: measurement.value}, step=measurement.step)

    def end(self, run: Run, outcome: Outcome) -> None:
        followed = self._runs.pop(run)
        followed.summary["outcome"] = outcome
        followed.finish(exit_code=int(outcome == "failed"))

    def close(self) -> None:
        for followed in self._runs.values():
            followed.finish(exit_code=1)
        self._runs.clear()
