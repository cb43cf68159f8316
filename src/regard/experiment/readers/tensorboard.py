"""Curves for TensorBoard."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, final

from regard.core.errors import RegardError
from regard.core.measurement import Measurement
from regard.core.run import Run
from regard.experiment.reader import Reader, title_of
from regard.store import Outcome

if TYPE_CHECKING:
    from torch.utils.tensorboard import SummaryWriter


@final
class TensorBoard(Reader):
    """Event files under `tensorboard` in the project folder, one folder per run: `tensorboard --logdir` shows
    them. Raises `RegardError` where the library is missing.
    """

    def __init__(self, folder: Path) -> None:
        try:
            import torch.utils.tensorboard  # noqa: PLC0415 (takes a second)
        except ImportError as error:
            message = "The reader 'tensorboard' needs the package tensorboard, which is not installed."
            raise RegardError(f"{message} Run pip install 'regard[tensorboard]'.") from error
        self.folder = folder / "tensorboard"
        self._new_writer = torch.utils.tensorboard.SummaryWriter
        self._writers: dict[Run, SummaryWriter] = {}

    def begin(self, run: Run) -> None:
        name = re.sub(r"[^\w.=,+-]+", "-", f"{title_of(run)} {run.digest}")
        self._writers[run] = self._new_writer(str(self.folder / name))

    def read(self, run: Run, measurement: Measurement) -> None:
        self._writers[run].add_scalar(measurement.name, measurement.value, measurement.step)

    def end(self, run: Run, outcome: Outcome) -> None:
        writer = self._writers.pop(run)
        writer.add_text("outcome", outcome)
        writer.close()

    def close(self) -> None:
        for writer in self._writers.values():
            writer.close()
        self._writers.clear()
