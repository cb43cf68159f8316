"""How trainings that differ in their seed alone went, step by step."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import final

from regard.pages.bands import CurveBand, band
from regard.store import Store


@final
@dataclass(frozen=True)
class Curves:
    """How training went, over the seeds that finished; over all of them where none did."""

    train_loss: CurveBand = field(default_factory=CurveBand)
    validation_loss: CurveBand = field(default_factory=CurveBand)
    score: CurveBand = field(default_factory=CurveBand)


def read_curves(digests: Iterable[str], store: Store) -> Curves:
    """The curves of runs, from the store."""

    def over_seeds(name: str) -> CurveBand:
        return band(store.measurements(digest, name) for digest in digests)

    digests = list(digests)
    return Curves(over_seeds("train/loss"), over_seeds("validation/loss"), over_seeds("validation/score"))
