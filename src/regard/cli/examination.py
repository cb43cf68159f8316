"""Pictures of what the reading of a test split found."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from regard.core.run import Run

PICTURES = 24


def draw_examination(run: "Run", folder: Path) -> None:
    """Put `confusion.png` into the run's folder, and `samples.png` where samples are images.

    Where that goes wrong it is said in a line: all that the pictures show has been kept and printed.
    """
    from regard.cli.console import tell
    from regard.experiment.failure import line_of

    try:
        _draw(run, folder)
    except Exception as error:  # noqa: BLE001 - the libraries that draw can raise anything
        tell(
            f"The pictures in {folder} could not be drawn: {line_of(error)}. The same command tries it again."
        )


def _draw(run: "Run", folder: Path) -> None:
    from regard.core import files
    from regard.pages.canvas import png
    from regard.report.figures.confusion import draw_confusion
    from regard.store import read_predictions

    found = read_predictions(folder)
    if found is None or (folder / "confusion.png").exists():
        return
    _draw_samples(run, folder)
    drawing = draw_confusion(found.labels, found.targets, found.predicted)
    files.write(folder / "confusion.png", png(drawing))


def _draw_samples(run: "Run", folder: Path) -> None:
    from regard.pages.pictures import Picture, write_pictures
    from regard.store import read_predictions
    from regard.tasks import TASKS

    found = read_predictions(folder)
    assert found is not None
    task = TASKS.build(run.task.name, **run.task.settings)
    test = task.split("test")
    step = max(1, len(test) // PICTURES)
    pictures = [
        Picture(image.numpy(), found.labels[found.targets[i]], found.labels[found.predicted[i]])
        for i in range(0, min(len(test), step * PICTURES), step)
        if (image := task.picture(test, i)) is not None
    ]
    if pictures:
        write_pictures(folder / "samples.png", f"{task.name}: test samples", pictures)
