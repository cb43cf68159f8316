"""Whether every class is still there once a set is divided."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from regard.core.errors import Corrupt
from regard.data.task import SplitName

Labels = NDArray[np.int64]


def require_classes(
    whole: Labels, splits: Mapping[SplitName, Labels], classes: Sequence[str], noun: str
) -> None:
    """Raise `Corrupt` for a class of which nothing is left to train on, and for a test with one class only.

    whole: the labels that there were to train on; splits: those of each; noun: what errors call an item.
    """
    lost = np.setdiff1d(whole, splits["train"])
    if len(lost):
        message = f"No {noun} of the class '{classes[lost[0]]}' is left to train on: other splits hold all."
        raise Corrupt(f"{message} Add some that lie in no other part, lower held_out, or raise samples.")
    tested = np.unique(splits["test"])
    if len(tested) == 1:
        message = (
            f"Every {noun} of the test split is of the class '{classes[tested[0]]}', so that a score says"
        )
        raise Corrupt(f"{message} nothing. Give more {noun}s of other classes, or raise held_out.")
