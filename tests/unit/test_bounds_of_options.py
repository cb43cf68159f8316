"""No option of any part takes a number that only fills the memory or cannot be kept."""

import math
from typing import Any

import pytest
import torch

from regard.attention import Grid, Size
from regard.core.catalog import Catalog
from regard.core.errors import RegardError
from regard.core.values import fits
from regard.mechanisms import MECHANISMS
from regard.objectives import OBJECTIVES
from regard.optimization import ClosureOptimizer
from regard.optimizers import OPTIMIZERS
from regard.tasks import TASKS

SIZE = Size(heads=2, key_features=8, value_features=8, length=64, grid=Grid(8, 8))

PARTS = [
    pytest.param(catalog, name, id=f"{catalog.kind} {name}")
    for catalog in (MECHANISMS, TASKS, OBJECTIVES, OPTIMIZERS)
    for name in catalog.names()
]


def build(catalog: Catalog, name: str, option: str, value: Any) -> None:
    needed = {each.name: "here" for each in catalog.options(name).values() if each.required}
    catalog.build(name, *placed(catalog, name), **(needed | {option: value}))


def placed(catalog: Catalog, name: str) -> list[Any]:
    """What comes before the options of a part."""
    if catalog is MECHANISMS:
        return [SIZE]
    part = catalog.find(name)
    by_closure = isinstance(part, type) and issubclass(part, ClosureOptimizer)
    return [[torch.nn.Parameter(torch.zeros(3))]] if by_closure else []


@pytest.mark.parametrize(("catalog", "name"), PARTS)
def test_a_number_that_cannot_be_kept_is_refused_by_name(catalog, name):
    numbers = [key for key, each in catalog.options(name).items() if fits(1, each.annotation)]

    for option in numbers:
        for value in (math.nan, math.inf, -math.inf, 2**63, True):
            with pytest.raises(RegardError, match=option):
                build(catalog, name, option, value)


@pytest.mark.parametrize(("catalog", "name"), PARTS)
def test_a_huge_number_is_refused_in_one_line_or_costs_nothing(catalog, name):
    for option, each in catalog.options(name).items():
        if fits(1, each.annotation) and not fits(1.5, each.annotation):
            try:
                build(catalog, name, option, 10**12)
            except RegardError as refused:
                assert "\n" not in str(refused)
