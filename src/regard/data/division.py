"""Which item of a set goes into which split."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, final

import numpy as np
import torch
from numpy.typing import NDArray

from regard.core.errors import Corrupt, InvalidOption
from regard.core.randomness import generator_of
from regard.data.sources.part import PartName
from regard.data.splits import evenly, shares_beside, split_by_problem
from regard.data.task import SplitName


def identity(item: NDArray[Any]) -> int:
    """64 bits that are the same for equal arrays of one type and shape."""
    return int.from_bytes(hashlib.blake2b(item.tobytes(), digest_size=8).digest(), "big", signed=True)


@final
@dataclass(frozen=True)
class Selection:
    """Rows of a part."""

    part: PartName
    rows: NDArray[np.int64]


@final
@dataclass(frozen=True)
class Division:
    """How a set is divided: no item is in two splits, even if it was published in two parts."""

    held_out: float
    samples: int | None
    seed: int
    noun: str = "image"
    """What errors call what is divided."""

    def of(
        self,
        identities: Mapping[PartName, NDArray[np.int64]],
        labels: NDArray[np.int64],
    ) -> dict[SplitName, Selection]:
        """The splits, by the identities of all items and the labels of the part `train`.

        The published test part stays whole. What is in it too, is taken out of training and validation; what
        is published for validation, out of training. Equal items of training stay together.
        """
        fixed = {name: self._unseen(identities, name) for name in identities}
        rows = fixed.pop("train").rows
        divided = self._divided(identities["train"][rows], labels[rows], fixed)
        splits: dict[SplitName, Selection] = {n: Selection("train", rows[r]) for n, r in divided.items()}
        for split, selection in (splits | fixed).items():
            if not len(selection.rows):
                different = len(np.unique(identities["train"]))
                message = (
                    f"No {self.noun} is left for {split}, of {len(labels):,} for training, {different:,}"
                )
                message += " different ones, some of which other parts may hold."
                raise Corrupt(f"{message} Give more {self.noun}s, or another share held_out.")
        return splits | fixed

    def _unseen(self, identities: Mapping[PartName, NDArray[np.int64]], name: PartName) -> Selection:
        """The rows of a part whose items are in no part that comes behind it."""
        order: list[PartName] = ["train", "validation", "test"]
        later = [identities[part] for part in order[order.index(name) + 1 :] if part in identities]
        seen = np.isin(identities[name], np.concatenate([*later, np.empty(0, np.int64)]))
        return Selection(name, np.flatnonzero(~seen))

    def _divided(
        self,
        identities: NDArray[np.int64],
        labels: NDArray[np.int64],
        fixed: Mapping[PartName, Selection],
    ) -> dict[SplitName, NDArray[np.int64]]:
        """Rows of the training part for each split that was not published."""
        rng = generator_of(self.seed, "images")
        parts = split_by_problem(
            torch.from_numpy(identities),
            shares_beside(fixed, self.held_out),
            rng,
            strata=torch.from_numpy(labels),
        )
        train = parts["train"]
        if self.samples is not None:
            self._require(len(train))
            train = train[evenly(torch.from_numpy(labels)[train], self.samples, rng)]
        chosen = parts | {"train": train}
        return {name: rows.numpy() for name, rows in chosen.items() if name not in fixed}

    def _require(self, count: int) -> None:
        if self.samples is not None and self.samples > count:
            message = f"samples is {self.samples:,}, but there are {count:,} {self.noun}s to train on."
            raise InvalidOption(f"{message} Lower `samples`, or leave it out for all of them.")
