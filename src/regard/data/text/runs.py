"""Runs of tokens that stand in several places."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self, final

import numpy as np
from numpy.typing import NDArray

BASE = 0x9E3779B97F4A7C15
SPREAD = 0xBF58476D1CE4E5B9
"""Odd numbers of 64 bits without pattern."""


def run_hashes(tokens: NDArray[np.integer[Any]], run: int) -> NDArray[np.uint64]:
    """Of (..., n) tokens the hashes of all runs of `run` tokens, (..., n - run + 1).

    Polynomials in BASE modulo 2**64 (Karp & Rabin 1987): of all runs in 100 million tokens hardly two
    that differ have the same.
    """
    single = (tokens.astype(np.uint64) + np.uint64(1)) * np.uint64(SPREAD)
    single ^= single >> np.uint64(32)
    hashes, size = single, 1
    # the length of the runs grows by the binary digits of `run`: doubled, and one more for a 1
    for digit in f"{run:b}"[1:]:
        hashes = hashes[..., :-size] * _power(size) + hashes[..., size:]
        size *= 2
        if digit == "1":
            hashes = hashes[..., :-1] * _power(1) + single[..., size:]
            size += 1
    return hashes


def repeating(rows: NDArray[np.integer[Any]], text: NDArray[np.integer[Any]], run: int) -> NDArray[np.bool_]:
    """Which of the rows, (rows, run or more), have a run of `run` tokens that stands in the text."""
    known, sought = np.sort(run_hashes(text, run)), run_hashes(rows, run)
    place = np.searchsorted(known, sought).clip(max=len(known) - 1)
    found: NDArray[np.bool_] = (known[place] == sought).any(1)
    return found


def _power(exponent: int) -> np.uint64:
    return np.uint64(pow(BASE, exponent, 2**64))


@final
@dataclass(frozen=True, eq=False)
class Sharing:
    """Which texts share a run of tokens: they, and whoever shares one with one of them, are one group."""

    run: int
    groups: NDArray[np.int64]
    """The number of each text's group, from 0."""
    hashes: NDArray[np.uint64]
    """Of all runs, in rising order."""
    holders: NDArray[np.int64]
    """For each hash the group that holds the run."""

    @classmethod
    def of(cls, texts: Sequence[NDArray[np.integer[Any]]], run: int) -> Self:
        """The groups of at least one text."""
        from scipy.sparse import coo_array  # noqa: PLC0415 (takes a while)
        from scipy.sparse.csgraph import connected_components  # noqa: PLC0415

        each = [run_hashes(text, run) for text in texts]
        text = np.repeat(np.arange(len(texts)), [len(hashes) for hashes in each])
        hashes, first, number = np.unique(np.concatenate(each), return_index=True, return_inverse=True)
        # texts and runs are the nodes of a graph
        nodes = len(texts) + len(hashes)
        edges = coo_array((np.ones(len(text), bool), (text, len(texts) + number)), shape=(nodes, nodes))
        _, component = connected_components(edges, directed=False)
        _, groups = np.unique(component[: len(texts)], return_inverse=True)
        return cls(run, groups, hashes, groups[text[first]])

    def group_of(self, rows: NDArray[np.integer[Any]]) -> NDArray[np.int64]:
        """The groups that hold the first run of each row, (rows, run or more). Some text must hold it."""
        return self.holders[np.searchsorted(self.hashes, run_hashes(rows[:, : self.run], self.run)[:, 0])]
