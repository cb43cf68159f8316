"""The figure of scores against costs."""

from dataclasses import replace

from synthetic import MECHANISMS, comparison

from regard.core.results import ComparisonResult
from regard.pages.palette import styles
from regard.report.figures.tradeoff import draw_tradeoff

RESULT = ComparisonResult.from_json(comparison("digits", MECHANISMS[:3], None))


def test_no_interval_leaves_the_picture():
    first, *others = RESULT.rows
    result = replace(RESULT, rows=(replace(first, interval=(0.2, 0.9999)), *others))
    looks = styles([(row.label, row.mechanism) for row in result.rows])

    for panel in draw_tradeoff("tradeoff", result, looks).panels:
        low, high = panel.axes.get_ylim()
        values = [value for line in panel.axes.lines for value in line.get_ydata()]
        assert low <= min(values) and max(values) <= high
