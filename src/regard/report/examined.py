"""What the test split told beside the score: details, accuracy by class, confusions."""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean
from typing import final

from regard.core.errors import Corrupt
from regard.core.readable import readable
from regard.report.details import SCORE, DetailKey, key_of
from regard.store import Predictions, Store, read_predictions


@final
@dataclass(frozen=True)
class Examined:
    """Of trainings that differ in their seed alone: means over those whose test split has been read."""

    figures: Mapping[DetailKey, float] = field(default_factory=dict)
    """The score and the task's details, of the test split and of sets beyond it."""
    predictions: Predictions | None = None
    """Those of all trainings, one after another; None where samples have no class."""
    samples: Path | None = None
    """A picture of test samples with what they were taken for, by the first training that has one."""
    broken: tuple[str, ...] = ()
    """What could not be read, a line each."""

    @property
    def by_class(self) -> Mapping[str, float]:
        """The share of right predictions of each class."""
        return self.predictions.by_class if self.predictions else {}


def read_examined(digests: Iterable[str], store: Store) -> Examined:
    """What the store and the runs' folders hold. Predictions that are damaged are named and left out."""
    tested = [digest for digest in digests if store.test(digest)]
    folders = [store.folder_of(digest) for digest in tested]
    kept, broken = _predictions(folders)
    pictures = [path for folder in folders if (path := folder / "samples.png").is_file()]
    figures = _means([_figures(digest, store) for digest in tested])
    return Examined(figures, _joined(kept), pictures[0] if pictures else None, broken)


def _predictions(folders: Iterable[Path]) -> tuple[list[Predictions], tuple[str, ...]]:
    kept, broken = [], []
    for folder in folders:
        try:
            found = read_predictions(folder)
        except Corrupt as error:
            broken.append(readable(str(error)))
        else:
            kept.extend([found] if found else [])
    return kept, tuple(broken)


def _figures(digest: str, store: Store) -> dict[str, float]:
    test = store.test(digest)
    return ({SCORE: test.value} if test else {}) | store.details(digest)


def _means(found: Sequence[Mapping[str, float]]) -> dict[DetailKey, float]:
    """Means by place; losses are no figures to show."""
    values: dict[DetailKey, list[float]] = defaultdict(list)
    for figures in found:
        for name, value in figures.items():
            place = key_of(readable(name))
            if math.isfinite(value) and place[1] != "loss":
                values[place].append(value)
    return {place: fmean(several) for place, several in values.items()}


def _joined(found: Sequence[Predictions]) -> Predictions | None:
    if not found:
        return None
    return Predictions(
        tuple(readable(label) for label in found[0].labels),
        tuple(target for each in found for target in each.targets),
        tuple(predicted for each in found for predicted in each.predicted),
    )
