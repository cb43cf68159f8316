"""What the test split told beside the score: details, accuracy by class, confusions."""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean

from regard.report.reading import readable
from regard.store import Predictions, Store, read_predictions


@dataclass(frozen=True)
class Examined:
    """Of trainings that differ in their seed alone: means over those whose test split has been read."""

    details: Mapping[str, float] = field(default_factory=dict)
    """By name: `top-5`; of a set beyond the split `length 64`, its score, and `length 64/bits`."""
    predictions: Predictions | None = None
    """Those of all trainings, one after another; None where samples have no class."""
    samples: Path | None = None
    """A picture of test samples with what they were taken for, by the first training that has one."""

    @property
    def by_class(self) -> Mapping[str, float]:
        """The share of right predictions of each class."""
        return self.predictions.by_class if self.predictions else {}


def read_examined(digests: Iterable[str], store: Store) -> Examined:
    """What the store and the runs' folders hold. Raises `Corrupt`."""
    tested = [digest for digest in digests if store.test(digest)]
    folders = [store.folder_of(digest) for digest in tested]
    kept = [found for folder in folders if (found := read_predictions(folder))]
    pictures = [path for folder in folders if (path := folder / "samples.png").is_file()]
    details = _means([store.details(digest) for digest in tested])
    return Examined(details, _joined(kept), pictures[0] if pictures else None)


def _means(found: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Means by name, in the order of the numbers in the names: `length 8` before `length 16`."""
    values: dict[str, list[float]] = defaultdict(list)
    for details in found:
        for name, value in details.items():
            if math.isfinite(value) and not name.endswith("/loss"):
                values[readable(name.removesuffix("/score"))].append(value)
    return {name: fmean(values[name]) for name in sorted(values, key=_natural)}


def _natural(name: str) -> list[tuple[int, str]]:
    return [(int(word), "") if word.isdecimal() else (-1, word) for word in name.replace("/", " ").split()]


def _joined(found: Sequence[Predictions]) -> Predictions | None:
    if not found:
        return None
    return Predictions(
        tuple(readable(label) for label in found[0].labels),
        tuple(target for each in found for target in each.targets),
        tuple(predicted for each in found for predicted in each.predicted),
    )
