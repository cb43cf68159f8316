"""Print the tables of docs/derivative_free_study.md from the results in docs/results/derivative_free.

python scripts/derivative_free_tables.py parity parity_scratchpad s3
"""

import sys
from collections.abc import Callable
from pathlib import Path

from regard.core.numbers import percent, significant, span
from regard.core.results import OptimizersResult
from regard.core.results.optimizers import Group, Mean, OptimizerRow

FOLDER = Path(__file__).parents[1] / "docs" / "results" / "derivative_free"
ORDER = ("adamw", "sgd", "pattern_search", "openai_es", "mezo")

Cell = Callable[[OptimizerRow], str]


def _rows(heading: str, names: list[str], first: Callable[[Group], str], cell: Cell) -> list[str]:
    """A table with a row for each group of each result, and a column for each optimizer."""
    lines = [
        "| task | forward-equivalents | " + " | ".join([heading, *ORDER]) + " |",
        "|---" * (3 + len(ORDER)) + "|",
    ]
    for name in names:
        result = OptimizersResult.read(FOLDER / f"{name}.json")
        for group in result.groups:
            known = {row.optimizer.name: cell(row) for row in group.rows}
            cells = [
                name + _said(group),
                f"{result.budget:,}",
                first(group),
                *(known.get(each, "") for each in ORDER),
            ]
            lines.append("| " + " | ".join(cells) + " |")
    return lines


def _said(group: Group) -> str:
    """The settings of the model that tell a group from the others."""
    return "".join(f", {key} {value}" for key, value in group.model.items())


def _share(mean: Mean | None) -> str:
    """Percents with their interval."""
    if mean is None:
        return ""
    return percent(mean.mean) + (f" ({span(mean.interval)})" if mean.interval else "")


def _fit(row: OptimizerRow) -> str:
    return _share(row.at_budget.fit) + ("" if row.learned else ", not learned")


def _tested(row: OptimizerRow) -> str:
    verdict = f", {row.test_difference.verdict}" if row.test_difference else ""
    return _share(row.test) + verdict


def _cost(row: OptimizerRow) -> str:
    if row.at_loss.cost is None:
        return "not reached"
    return significant(row.at_loss.cost.mean) + (
        "" if row.reached == len(row.courses) else f" ({row.reached} of {len(row.courses)} seeds)"
    )


def _parameters(group: Group) -> str:
    return f"{group.rows[0].parameters:,}"


def _gradients(group: Group) -> str:
    return "fail too" if group.gradients_fail else "generalize"


def _details(names: list[str]) -> list[str]:
    """A table of further figures of the test split, a row for each figure of each result."""
    lines = ["| task | figure | " + " | ".join(ORDER) + " |", "|---" * (2 + len(ORDER)) + "|"]
    for name in names:
        group = OptimizersResult.read(FOLDER / f"{name}.json").groups[0]
        known = {row.optimizer.name: row.details for row in group.rows}
        for figure in group.rows[0].details:
            if not figure.endswith("loss"):
                cells = [_share(known[each].get(figure)) if each in known else "" for each in ORDER]
                lines.append("| " + " | ".join([name, figure, *cells]) + " |")
    return lines


def _level(group: Group) -> str:
    return "none" if group.level is None else significant(group.level)


def _main(names: list[str]) -> None:
    names = names or sorted(path.stem for path in FOLDER.glob("*.json"))
    for table in (
        _rows("parameters", names, _parameters, _fit),
        _rows("gradients", names, _gradients, _tested),
        _rows("equal loss", names, _level, _cost),
        _details(names),
    ):
        print("\n".join(table), end="\n\n")


if __name__ == "__main__":
    _main(sys.argv[1:])
