"""Splits that share no problem."""

from collections.abc import Collection
from typing import get_args

import torch
from jaxtyping import Int64
from torch import Tensor

from regard.data.samples import Samples
from regard.data.task import SplitName

Shares = tuple[float, float, float]
"""How much of the samples goes to train, validation and test."""


def shares_beside(published: Collection[SplitName], held_out: float) -> Shares:
    """How training data are divided: a share `held_out` for validation, and for the test, where neither was
    published apart.
    """
    validation = 0.0 if "validation" in published else held_out
    test = 0.0 if "test" in published else held_out
    return 1 - (validation + test), validation, test


def split_by_problem(
    problems: Int64[Tensor, " s"],
    shares: Shares,
    rng: torch.Generator,
    strata: Int64[Tensor, " s"] | None = None,
) -> dict[SplitName, Int64[Tensor, " part"]]:
    """The numbers of the samples in each split, where samples of one problem stay together.

    `problems` says to which problem each sample belongs. A split is larger than its share by at most
    one problem. Each stratum is divided by the same shares; a problem lies in its lowest stratum.
    """
    _, problem, sizes = torch.unique(problems, return_inverse=True, return_counts=True)
    part = torch.empty_like(sizes)
    stratum = torch.zeros_like(sizes)
    if strata is not None:
        stratum.scatter_reduce_(0, problem, strata, "amin", include_self=False)
    for value in torch.unique(stratum):
        members = (stratum == value).nonzero().flatten()
        members = members[torch.randperm(len(members), generator=rng)]
        part[members] = _deal(sizes[members], shares)
    return {name: (part[problem] == i).nonzero().flatten() for i, name in enumerate(get_args(SplitName))}


def _deal(sizes: Int64[Tensor, " p"], shares: Shares) -> Int64[Tensor, " p"]:
    """The split of each problem, when problems of these sizes are dealt out one after another."""
    before = sizes.cumsum(0) - sizes
    first, second, _ = (share * int(sizes.sum()) for share in shares)
    # rounded, because 0.8 + 0.1 is not 0.9
    borders = torch.tensor([round(first), round(first + second)])
    return torch.bucketize(before, borders, right=True)


def evenly(strata: Int64[Tensor, " s"], count: int, rng: torch.Generator) -> Int64[Tensor, " count"]:
    """The numbers of `count` samples drawn at random, each stratum by its share as far as can be, rising."""
    order = torch.randperm(len(strata), generator=rng)
    turn = torch.empty(len(strata), dtype=torch.float64)
    for value in torch.unique(strata):
        members = (strata[order] == value).nonzero().flatten()
        # the i-th of n comes when the share i / n of all has been drawn
        turn[members] = torch.arange(len(members), dtype=torch.float64) / len(members)
    return order[turn.argsort(stable=True)[:count]].sort().values


def first_of_each(problems: Int64[Tensor, " s"]) -> Int64[Tensor, " p"]:
    """The numbers of the samples that are the first of their problem, in rising order."""
    _, problem = torch.unique(problems, return_inverse=True)
    numbers = torch.arange(len(problems))
    first = torch.full((int(problem.max()) + 1,), len(problems))
    return first.scatter_reduce_(0, problem, numbers, "amin").sort().values


def split_in_order(samples: Samples, train: int, held_out: int) -> dict[SplitName, Samples]:
    """The first `train` samples train, the next `held_out` validate, the rest tests; all must differ."""
    return {
        "train": samples[:train],
        "validation": samples[train : train + held_out],
        "test": samples[train + held_out :],
    }
