"""Curves of training."""

import pytest

from regard.core.results import TaskFacts
from regard.pages.bands import CurveBand
from regard.pages.palette import styles
from regard.report.curves import Curves
from regard.report.figures.curves import MechanismCurves, draw_losses_by_step, draw_scores_by_step

LOOK = styles([("softmax", "softmax")])["softmax"]
TASK = TaskFacts(name="digits", metric="exact match", chance=0.125, ceiling=1.0)


def marks(drawing):
    """Markers at a step within the panel, with the values that they stand for."""
    lines = drawing.panels[0].axes.lines
    return [
        (*line.get_xdata(), *line.get_ydata())
        for line in lines
        if line.get_color() == LOOK.color and len(line.get_xdata()) == 1 and line.get_xdata()[0] > 1
    ]


def once(value):
    return CurveBand((40,), (value,), (value - 0.1,), (value + 0.1,))


def test_a_single_evaluation_is_a_mark():
    line = MechanismCurves(
        "softmax", LOOK, Curves(train_loss=once(2.0), validation_loss=once(1.5), score=once(0.5))
    )
    ((step, _),) = marks(draw_scores_by_step("scores", [line], TASK))
    assert step == 40
    assert sorted(marks(draw_losses_by_step("losses", [line]))) == [(40, 1.5), (40, 2.0)]


def test_several_evaluations_are_a_line_without_marks():
    band = CurveBand((20, 40), (0.4, 0.5), (0.3, 0.4), (0.5, 0.6))
    line = MechanismCurves("softmax", LOOK, Curves(score=band))
    assert marks(draw_scores_by_step("scores", [line], TASK)) == []


@pytest.mark.parametrize("task, words", [(TASK, "Validation exact match"), (None, "Validation score")])
def test_the_caption_names_the_metric_and_its_limits(task, words):
    caption = draw_scores_by_step("scores", [MechanismCurves("softmax", LOOK, Curves())], task).caption
    assert words in caption
    assert ("chance (12.5" in caption) == (task is not None)
