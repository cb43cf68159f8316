"""Which figures a comparison has, and which a group of trainings."""

from collections.abc import Iterator, Mapping

from regard.report.figures.canvas import Drawing
from regard.report.figures.convergence import draw_convergence
from regard.report.figures.curves import Line, draw_losses_by_step, draw_scores_by_step
from regard.report.figures.rates import draw_rates
from regard.report.figures.scores import draw_scores
from regard.report.figures.tradeoff import draw_tradeoff
from regard.report.groups import Group
from regard.report.palette import Style
from regard.report.project import Compared


def draw_comparison(
    name: str, compared: Compared, looks: Mapping[str, Style]
) -> Iterator[tuple[str, Drawing]]:
    """All figures of a comparison by kind, one at a time."""
    document = compared.document
    lines = [Line(row.label, looks[row.label], compared.curves[row.label]) for row in document.ranked]
    yield "scores", draw_scores(f"{name}-scores", document, looks)
    yield "tradeoff", draw_tradeoff(f"{name}-tradeoff", document, looks)
    yield "score_curves", draw_scores_by_step(f"{name}-score-curves", lines, document.task)
    yield "loss_curves", draw_losses_by_step(f"{name}-loss-curves", lines)
    yield "convergence", draw_convergence(f"{name}-convergence", document, looks)
    yield "rates", draw_rates(f"{name}-rates", document, looks)


def draw_singles(name: str, group: Group, looks: Mapping[str, Style]) -> Iterator[tuple[str, Drawing]]:
    """The curves of trainings that belong to no comparison."""
    lines = [Line(single.label, looks[single.mechanism], single.curves) for single in group.singles]
    yield "score_curves", draw_scores_by_step(f"{name}-score-curves", lines, group.facts)
    yield "loss_curves", draw_losses_by_step(f"{name}-loss-curves", lines)
