"""Which class a model gave to each test sample: plain data beside its weights."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import final

from regard.core import files
from regard.core.errors import Corrupt
from regard.core.results.codec import decode, parse

FILE = "predictions.json"


@final
@dataclass(frozen=True)
class Predictions:
    """Classes by sample, in the order of the test split."""

    labels: tuple[str, ...]
    """What the classes are called."""
    targets: tuple[int, ...]
    predicted: tuple[int, ...]

    @property
    def by_class(self) -> dict[str, float]:
        """Of each class that occurs, the share of samples that were given it."""
        right = [0] * len(self.labels)
        count = [0] * len(self.labels)
        for target, predicted in zip(self.targets, self.predicted, strict=True):
            count[target] += 1
            right[target] += target == predicted
        return {
            label: hits / all_of_it
            for label, hits, all_of_it in zip(self.labels, right, count, strict=True)
            if all_of_it
        }


def write_predictions(folder: Path, found: Predictions) -> None:
    """Keep what was predicted of the test split in a run's folder."""
    files.write(folder / FILE, json.dumps(asdict(found), ensure_ascii=False).encode())


def read_predictions(folder: Path) -> Predictions | None:
    """What was kept; None where nothing was. Raises `Corrupt` for a file that cannot be read."""
    path = folder / FILE
    if not path.exists():
        return None
    try:
        found = decode(Predictions, parse(path), "predictions")
        _check(found)
    except Corrupt as error:
        raise Corrupt(f"{path} cannot be read: {error}. Remove it; the scores are in the store.") from error
    return found


def _check(found: Predictions) -> None:
    if not set(found.targets + found.predicted) <= set(range(len(found.labels))):
        raise Corrupt(f"a class is none of the {len(found.labels)}")
    if len(found.targets) != len(found.predicted):
        raise Corrupt(f"{len(found.predicted)} predictions stand for {len(found.targets)} samples")
