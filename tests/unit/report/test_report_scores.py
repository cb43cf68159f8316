"""The figure of scores and differences: nothing outside the picture goes unmarked."""

from dataclasses import replace

import pytest
from synthetic import MECHANISMS, comparison

from regard.core.results import ComparisonResult
from regard.pages.palette import styles
from regard.report.figures.scores import draw_scores

RESULT = ComparisonResult.from_json(comparison("digits", MECHANISMS[:2], None))


def marks(mean: float, interval: tuple[float, float]) -> list[str]:
    """The shapes in the panel of differences, the baseline's mark left out."""
    base, other = RESULT.rows
    difference = replace(other.difference, mean=mean, interval=interval, verdict="undecided")
    result = replace(RESULT, rows=(base, replace(other, difference=difference)))
    looks = styles([(row.label, row.mechanism) for row in result.rows])
    panel = draw_scores("scores", result, looks).panels[1]
    shapes = {line.get_marker() for line in panel.axes.lines} - {"None", "", None, looks["softmax"].shape}
    return sorted(shapes - {looks[other.label].shape})


@pytest.mark.parametrize(
    ("mean", "interval", "arrows"),
    [
        (0.01, (0.0, 0.02), []),
        (0.01, (0.0, 0.5), [">"]),
        (0.01, (-0.5, 0.02), ["<"]),
        (0.01, (-0.5, 0.5), ["<", ">"]),
        (0.4, (0.3, 0.5), [">"]),
    ],
)
def test_what_lies_outside_the_picture_has_an_arrow(mean, interval, arrows):
    assert marks(mean, interval) == arrows
