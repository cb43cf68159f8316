"""What the comparisons of the whole catalog found, and docs/whole_catalog.md; part of `make docs`."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

from regard.core.results import ComparisonResult, Difference, Interval
from regard.core.results.comparison import Row
from regard.mechanisms import MECHANISMS

DOCS = Path(__file__).parents[1] / "docs"
RESULTS = DOCS / "results" / "whole_catalog"

TASKS = ("digits", "recall", "arithmetic", "state_tracking", "cifar10")
"""The comparisons, each a file named after its task, in the order of the columns."""

SIGNS = {"better": " ▲", "worse": " ▼", "equivalent": " =", "undecided": "", "baseline": ""}

HEAD = """# The whole catalog on four tasks, and thirteen of it on a fifth

Written by `make docs` from the comparisons in [results/whole_catalog](results/whole_catalog), each a JSON
file that `regard.ComparisonResult.read` reads. What they say in words:
[results.md](results.md#the-whole-catalog).

Mean test scores in %, with the half width of their 95 % intervals over the seeds. Beside softmax a score is
better (▲), worse (▼) or the same within the margin (=); without a sign the difference is open. The signs of a
task hold together at a level of 5 %. A dot stands where a mechanism cannot take part, since it reads both
ways or needs a grid, and on cifar10 where it was not chosen: thirteen were.
"""


@cache
def comparisons() -> tuple[ComparisonResult, ...]:
    """Those that are finished, in order."""
    paths = [RESULTS / f"{task}.json" for task in TASKS]
    return tuple(ComparisonResult.read(path) for path in paths if path.is_file())


def found(name: str) -> str:
    """What the comparisons found of one mechanism, in one sentence; empty where it took part in none."""
    told = "; ".join(_sentence(result, row) for result, row in _rows(name))
    return f"**In [our comparisons](whole_catalog.md)** {told}." if told else ""


def page() -> str:
    """All comparisons in one table, and how each was made."""
    columns = [column for result in comparisons() for column in _columns(result)]
    head = f"| mechanism | {' | '.join(columns)} |\n| --- |{' ---: |' * len(columns)}"
    lines = "\n".join(_line(name) for name in MECHANISMS.names())
    made = "\n".join(f"* {_made(result)}" for result in comparisons())
    return f"{HEAD}\n{head}\n{lines}\n\n## How they were made\n\n{made}\n"


def _rows(name: str) -> Iterator[tuple[ComparisonResult, Row]]:
    for result in comparisons():
        yield from ((result, row) for row in result.rows if row.mechanism == name)


def _sentence(result: ComparisonResult, row: Row) -> str:
    verdict = result.verdict(row)
    words = "" if verdict in (None, "baseline") else f" ({verdict})"
    beyond = ", ".join(f"{100 * each.mean:.0f} % at {each.name}" for each in row.beyond)
    score = "failed" if row.mean is None else f"{100 * row.mean:.1f} %"
    return f"{result.task.title} {score}{words}" + (f", {beyond}" if beyond else "")


def _columns(result: ComparisonResult) -> list[str]:
    return [result.task.title, *(each.name for each in result.rows[0].beyond)]


def _line(name: str) -> str:
    known = {result.task.title: row for result, row in _rows(name)}
    cells = [cell for result in comparisons() for cell in _cells(result, known.get(result.task.title))]
    return f"| [{name}](catalog.md#{name}) | {' | '.join(cells)} |"


def _cells(result: ComparisonResult, row: Row | None) -> list[str]:
    """The cells of one mechanism in the columns of one comparison."""
    if row is None:
        return ["·"] * len(_columns(result))
    return [
        _score(row.mean, row.interval) + _sign(row.difference),
        *(_score(each.mean, None) + _sign(each.difference) for each in row.beyond),
    ]


def _score(mean: float | None, interval: Interval | None) -> str:
    if mean is None:
        return "failed"
    spread = f" ± {50 * (interval[1] - interval[0]):.1f}" if interval else ""
    return f"{100 * mean:.1f}{spread}"


def _sign(difference: Difference | None) -> str:
    return SIGNS[difference.verdict] if difference else ""


def _made(result: ComparisonResult) -> str:
    task, seeds = result.task, max(len(row.seeds) for row in result.rows)
    steps = max(seed.steps or 0 for row in result.rows for seed in row.seeds)
    subtitle = f" ({task.subtitle})" if task.subtitle else ""
    return (
        f"**{task.title}**{subtitle}: {task.metric}, chance {100 * task.chance:.1f} %, {seeds} paired seeds, "
        f"{steps} steps, margin {100 * result.margin:.1f} points; the {result.tuned_words} {_tuning(result)}."
    )


def _tuning(result: ComparisonResult) -> str:
    values = [str(trial.value) for trial in result.rows[0].trials]
    return (
        f"chosen from {', '.join(values)} on validation data" if len(values) > 1 else f"{values[0]} for all"
    )


def main() -> None:
    """Write the page, once there is something to tell."""
    if comparisons():
        (DOCS / "whole_catalog.md").write_text(page(), "utf-8")


if __name__ == "__main__":
    main()
