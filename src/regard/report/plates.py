"""Which figures a comparison has, and which a group of trainings."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial

from regard.pages.canvas import Drawing
from regard.pages.palette import Style
from regard.report.figures.convergence import draw_convergence
from regard.report.figures.curves import MechanismCurves, draw_losses_by_step, draw_scores_by_step
from regard.report.figures.scores import draw_scores
from regard.report.figures.tradeoff import draw_tradeoff
from regard.report.figures.tuning import draw_tuning
from regard.report.project import Compared
from regard.report.trainings import TaskTrainings

Draw = Callable[[], Drawing]


def draw_comparison(name: str, compared: Compared, looks: Mapping[str, Style]) -> Iterator[tuple[str, Draw]]:
    """All figures of a comparison by kind, each drawn when it is called."""
    result = compared.result
    lines = [
        MechanismCurves(row.label, looks[row.label], compared.curves[row.label]) for row in result.ranked
    ]
    yield "scores", partial(draw_scores, f"{name}-scores", result, looks)
    yield "tradeoff", partial(draw_tradeoff, f"{name}-tradeoff", result, looks)
    yield "score_curves", partial(draw_scores_by_step, f"{name}-score-curves", lines, result.task)
    yield "loss_curves", partial(draw_losses_by_step, f"{name}-loss-curves", lines)
    yield "convergence", partial(draw_convergence, f"{name}-convergence", result, looks)
    yield "tuning", partial(draw_tuning, f"{name}-tuning", result, looks)


def draw_replicates(
    name: str, group: TaskTrainings, looks: Mapping[str, Style]
) -> Iterator[tuple[str, Draw]]:
    """The curves of trainings that belong to no comparison."""
    lines = [
        MechanismCurves(replicate.label, looks[replicate.mechanism], replicate.curves)
        for replicate in group.drawn
    ]
    yield "score_curves", partial(draw_scores_by_step, f"{name}-score-curves", lines, group.facts)
    yield "loss_curves", partial(draw_losses_by_step, f"{name}-loss-curves", lines)
