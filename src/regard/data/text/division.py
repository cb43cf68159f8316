"""Which text of a collection goes into which split."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import final

import numpy as np
import torch
from numpy.typing import NDArray

from regard.data.sources import PartName
from regard.data.splits import shares_beside, split_by_problem

Names = Mapping[PartName, NDArray[np.str_]]
"""What tells the texts of each part apart."""
MOST_HELD_OUT = 0.5


@final
@dataclass(frozen=True, eq=False)
class TextDivision:
    """Of each split, the part from which it is taken and its rows there. No text is in two splits."""

    parts: Mapping[PartName, PartName]
    rows: Mapping[PartName, NDArray[np.int64]]

    @classmethod
    def of(
        cls, names: Names, labels: NDArray[np.int64], held_out: int | float, rng: torch.Generator
    ) -> "TextDivision":
        """The splits, class by class, by the names of all texts and the labels of the part `train`.

        What was published for the test stays whole; what is in it too, is taken out of all others, and what
        is published for validation, out of training. Equal texts of training stay together.
        """
        published = [part for part in names if part != "train"]
        rows = {part: _unseen(names, part, published) for part in names}
        free = rows["train"]
        _, problems = np.unique(names["train"][free], return_inverse=True)
        share = held_out if held_out < 1 else min(held_out / max(1, len(free)), MOST_HELD_OUT)
        found = split_by_problem(
            torch.from_numpy(problems),
            shares_beside(published, share),
            rng,
            strata=torch.from_numpy(labels[free]),
        )
        taken = {name: free[each.numpy()] for name, each in found.items() if name not in published}
        parts = {name: "train" if name in taken else name for name in found}
        return cls(parts, rows | taken)

    def without_repeats(self, names: Names) -> "TextDivision":
        """The same by other names, such as those of what is read of texts: what is in two splits stays in
        one, which is the test where it was published, else published validation, else training.
        """
        published: list[PartName] = [name for name, part in self.parts.items() if name == part != "train"]
        order: list[PartName] = [name for name in ("test", "validation") if name in published]
        order += [name for name in ("train", "test", "validation") if name not in published]
        rows: dict[PartName, NDArray[np.int64]] = {}
        seen = np.empty(0, np.str_)
        for name in order:
            called = names[self.parts[name]][self.rows[name]]
            fresh = ~np.isin(called, seen)
            rows[name] = self.rows[name][fresh]
            seen = np.concatenate([seen, called[fresh]])
        return TextDivision(self.parts, rows)


def _unseen(names: Names, part: PartName, published: Collection[PartName]) -> NDArray[np.int64]:
    """The rows of a part whose texts are in none that comes behind it."""
    order: list[PartName] = ["train", "validation", "test"]
    later = [names[each] for each in order[order.index(part) + 1 :] if each in published]
    return np.flatnonzero(~np.isin(names[part], np.concatenate([*later, np.empty(0, np.str_)])))
