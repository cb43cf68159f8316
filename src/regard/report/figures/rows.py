"""Figures with one row per mechanism of a comparison, best on top."""

from regard.core.results import ComparisonResult
from regard.pages.plotting import Axes
from regard.pages.rows import name_rows


def name_mechanisms(axes: Axes, result: ComparisonResult) -> None:
    """Name the rows after the mechanisms; the baseline's name is bold."""
    emphasized = [result.base.label] if result.base else []
    name_rows(axes, [row.label for row in result.ranked], emphasized)
