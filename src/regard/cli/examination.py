"""What the reading of a test split found beside the score."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from regard.core.run import Run
    from regard.data import Task

SHOWN_CLASSES = 12
"""Classes whose accuracy is printed; of more, the worst ones."""
PICTURES = 24


def by_class(folder: Path) -> dict[str, float]:
    """The share of right predictions of each class; empty where samples have no class."""
    from regard.store import read_predictions

    found = read_predictions(folder)
    return {} if found is None else found.by_class


def chances(task: "Task", details: Mapping[str, float]) -> dict[str, float]:
    """What guessing reaches in those details of which anybody knows it."""
    from regard.report.details import chance_of, key_of

    known = task.chances() if details else {}
    found = {name: chance_of(known, key_of(name)) for name in details}
    return {name: chance for name, chance in found.items() if chance is not None}


def lines(summary: Mapping[str, Any]) -> list[str]:
    """Details and classes, a line each."""
    from regard.report.details import key_of, rank

    classes = sorted(summary["by_class"].items(), key=lambda pair: pair[1])
    shown = dict(classes[:SHOWN_CLASSES]) if len(classes) > SHOWN_CLASSES else summary["by_class"]
    left = len(classes) - len(shown)
    chances = {name: f"  (chance {chance:.4f})" for name, chance in summary["chances"].items()}
    details = sorted(summary["details"].items(), key=lambda pair: rank(key_of(pair[0])))
    return [
        *(f"    {name}  {value:.4f}{chances.get(name, '')}" for name, value in details),
        *(f"    class {name}  {value:.4f}" for name, value in shown.items()),
        *([f"    ... and {left} classes that are better"] if left else []),
    ]


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
