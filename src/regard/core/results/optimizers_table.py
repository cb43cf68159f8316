"""A comparison of optimizers as the terminal shows it."""

import io
from collections.abc import Callable

from rich.box import SIMPLE_HEAD
from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from regard.core.numbers import count, percent, short, signed_span, significant, span
from regard.core.results.difference import Difference
from regard.core.results.optimizers import Group as Rows
from regard.core.results.optimizers import Mean, OptimizerRow, OptimizersResult

WIDEST = 200

GAP = 3

GO_FIRST = (
    "seconds",
    "spent",
    "validation %\nthere",
    "diff. of test\n[interval]",
    "accepted\nmoves",
    "tuned",
    "cost\nthere",
    "equal loss\nreached",
)
"""Headings of columns that go where the terminal is narrow."""

Column = tuple[str, Callable[[OptimizerRow], str]]
"""A heading, and the cell of a row."""

COLUMNS: tuple[Column, ...] = (
    ("optimizer", lambda row: row.label),
    ("tuned", lambda row: f"{row.tuned} {row.chosen:g}"),
    ("training\nloss", lambda row: _number(row.at_budget.loss)),
    ("fit %\ntraining", lambda row: _share(row.at_budget.fit)),
    ("generalization\ntest % [95 %]", lambda row: _share(row.test)),
    ("diff. of test\n[interval]", lambda row: _apart(row.test_difference)),
    ("verdict\non test", lambda row: row.test_difference.verdict if row.test_difference else "baseline"),
    (
        "equal loss\nreached",
        lambda row: f"{row.reached}/{len(row.courses)}" if row.reached else "not reached",
    ),
    ("validation %\nthere", lambda row: _share(row.at_loss.validation)),
    ("cost\nthere", lambda row: _count(row.at_loss.cost)),
    ("accepted\nmoves", lambda row: _count(row.at_budget.accepted)),
    ("spent", lambda row: _count(row.at_budget.cost)),
    ("seconds", lambda row: _number(row.at_budget.seconds)),
)


def text_of(result: OptimizersResult) -> str:
    """The table without color, as wide as it is."""
    console = Console(width=WIDEST, file=io.StringIO(), color_system=None, highlight=False)
    with console.capture() as captured:
        console.print(table(result, WIDEST))
    return "\n".join(line.rstrip() for line in captured.get().strip("\n").splitlines())


def table(result: OptimizersResult, width: int) -> Group:
    """A table for each model, as wide as there is room, and below it what its equal training loss is."""
    return Group(
        *(part for group in result.groups for part in (_table(result, group, width), Text(_said(group))))
    )


def conclusion(group: Rows) -> str:
    """What keeps the figures from saying more, if anything does; else an empty text."""
    if group.nobody_learned:
        return "No optimizer fits the training data better than a constant guess."
    if group.gradients_fail:
        return "Gradients fail here too: no optimizer with gradients is shown to beat chance on test data."
    return ""


def answer(group: Rows) -> str:
    """How the best fit without gradients compares with the first optimizer; empty without such a pair."""
    base, *others = group.rows
    fitted = [(row, row.at_budget.fit) for row in others if not row.gradients]
    known = [(fit.mean, row) for row, fit in fitted if fit is not None]
    if not base.gradients or base.at_budget.fit is None or not known:
        return ""
    share, best = max(known, key=lambda each: each[0])
    words = (
        f"Without gradients, {best.label} fits best: {percent(share)} of training data, where {base.label} "
        f"has {percent(base.at_budget.fit.mean)}."
    )
    if best.test is None or base.test is None or best.test_difference is None:
        return words
    tested = f"{percent(best.test.mean)} against {percent(base.test.mean)}"
    return f"{words} On test data: {tested}, {best.test_difference.verdict}."


def level_words(group: Rows) -> str:
    """What the equal training loss is."""
    if group.level is None:
        return "There is no equal training loss, as no optimizer has learned."
    left_out = [row.label for row in group.rows if not row.learned]
    others = f" Not learned from every seed, and not waited for: {', '.join(left_out)}." if left_out else ""
    return (
        f"Equal training loss {significant(group.level)}: the lowest that every seed of every optimizer that "
        f"learned has come to.{others}"
    )


def _said(group: Rows) -> str:
    return " ".join(part for part in (level_words(group), conclusion(group)) if part) + "\n"


def _table(result: OptimizersResult, group: Rows, width: int) -> Table:
    own = "".join(f", {name}={value}" for name, value in group.model.items())
    title = (
        f"{result.task.title}, {result.mechanism}{own}, {count(group.rows[0].parameters)} parameters: at "
        f"equal forward-equivalents ({count(result.budget)})"
    )
    drawn = Table(title=title, title_justify="left", box=SIMPLE_HEAD, pad_edge=False)
    shown = _fitting(
        [each for each in COLUMNS if each[0] != "accepted\nmoves" or _moves(group)], group, width
    )
    for i, (heading, _) in enumerate(shown):
        drawn.add_column(heading, justify="right" if i else "left", overflow="fold")
    for row in group.rows:
        drawn.add_row(*(cell(row) for _, cell in shown))
    return drawn


def _fitting(columns: list[Column], group: Rows, width: int) -> list[Column]:
    """Those for which there is room: the most dispensable go first, and are in the CSV."""
    kept = list(columns)
    for heading in GO_FIRST:
        if sum(_width(column, group) + GAP for column in kept) <= width:
            break
        kept = [column for column in kept if column[0] != heading]
    return kept


def _width(column: Column, group: Rows) -> int:
    heading, cell = column
    return max(map(len, (*heading.split("\n"), *(cell(row) for row in group.rows))))


def _moves(group: Rows) -> bool:
    return any(row.at_budget.accepted for row in group.rows)


def _share(mean: Mean | None) -> str:
    return "" if mean is None else percent(mean.mean) + (f" {span(mean.interval)}" if mean.interval else "")


def _number(mean: Mean | None) -> str:
    return "" if mean is None else significant(mean.mean)


def _count(mean: Mean | None) -> str:
    return "" if mean is None else short(mean.mean)


def _apart(found: Difference | None) -> str:
    if found is None or found.mean is None:
        return ""
    return f"{100 * found.mean:+.1f} {signed_span(found.interval)}"
