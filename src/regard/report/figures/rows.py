"""Figures with one row per mechanism of a comparison, best on top."""

from matplotlib.axes import Axes

from regard.core.results import ComparisonResult
from regard.pages.rows import name_rows


def name_mechanisms(axes: Axes, comparison: ComparisonResult) -> None:
    """Name the rows after the mechanisms; the baseline's name is bold."""
    emphasized = [comparison.base.label] if comparison.base else []
    name_rows(axes, [row.label for row in comparison.ranked], emphasized)
