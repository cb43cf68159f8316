"""The result of a comparison as a table for the terminal."""

import io
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from regard.core.numbers import NONE, distance, memory, percent, short
from regard.core.readable import readable
from regard.core.results.comparison import ComparisonResult, Row
from regard.core.results.headline import headline, no_further_seeds

FLOPS = "FLOPs"
WIDEST = 200
"""Characters of a line where no terminal says how wide it is: enough for all columns."""
LATENCY = "ms"

MOST_TOLD = 8
"""Open verdicts of which the caption tells how many seeds they need."""

LONGEST_LABEL = 32
"""Characters of a mechanism's label before it is folded."""

COLORS = {"better": "green", "worse": "red", "baseline": "bold", "equivalent": "cyan"}

SHORTEST_LABEL = 6
"""Characters of a label that are shown in a line, however narrow the terminal."""


@dataclass(frozen=True)
class Column:
    """A heading, what stands below it, and how early it goes where the terminal is narrow (0: never)."""

    heading: str
    cell: Callable[[Row], str]
    goes: float = 0


def table(result: ComparisonResult, console: Console) -> Table:
    """Rows by mean score, with as many columns as the console is wide; the CSV has all of them."""
    columns = _columns(result)
    drawn = _drawn(result, columns)
    while Measurement.get(console, console.options, drawn).maximum > console.width - 1:
        dispensable = max(columns, key=lambda column: column.goes)
        if not dispensable.goes:
            break
        columns.remove(dispensable)
        drawn = _drawn(result, columns)
    return drawn


def text_of(result: ComparisonResult) -> str:
    """The table as plain text, as wide as all columns are; below it the headline and what was left out."""
    console = Console(width=WIDEST, file=io.StringIO(), color_system=None, highlight=False)
    with console.capture() as captured:
        console.print(table(result, console))
    lines = [line.rstrip() for line in captured.get().strip("\n").splitlines()]
    left_out = [f"left out: {out.mechanism}: {out.reason}" for out in result.left_out]
    return "\n".join([*lines, headline(result), *left_out])


def _columns(result: ComparisonResult) -> list[Column]:
    """From left to right; a wide terminal shows all."""
    failures = [Column("failed", lambda row: f"{row.failures}/{len(row.seeds)}")]
    return [
        Column("mechanism", lambda row: row.label),
        Column(result.tuned, lambda row: f"{row.chosen:g}", goes=4),
        Column("score %\n[95 %]", _score),
        # shown, however narrow the terminal, as soon as one run failed
        *(failures if any(row.failures for row in result.rows) else []),
        Column("diff.", _difference, goes=0.1),
        Column("interval\nof diff.", _interval, goes=0.3),
        Column("p", _p, goes=0.2),
        Column("verdict", partial(_verdict, result)),
        Column("steps\nto 95 %", lambda row: _steps(row, result.target), goes=4),
        Column("params", lambda row: short(row.cost.parameters), goes=5),
        Column(FLOPS, lambda row: short(row.cost.flops), goes=1),
        Column(LATENCY, _latency, goes=2),
        Column("per s", lambda row: short(row.cost.throughput_per_s), goes=7),
        Column("memory\ntraining", lambda row: memory(row.cost.training_peak_bytes), goes=6),
        Column("memory\ninference", lambda row: memory(row.cost.inference_peak_bytes), goes=8),
    ]


def _drawn(result: ComparisonResult, columns: list[Column]) -> Table:
    drawn = Table(
        title=_title(result),
        caption=_caption(result, columns),
        title_justify="left",
        caption_justify="left",
        box=SIMPLE_HEAD,
        pad_edge=False,
    )
    name, *others = columns
    # never so narrow that nobody knows whose row it is
    narrow = min(SHORTEST_LABEL, max(len(name.cell(row)) for row in result.rows))
    drawn.add_column(
        name.heading, min_width=narrow, max_width=LONGEST_LABEL, overflow="fold", vertical="bottom"
    )
    for column in others:
        drawn.add_column(column.heading, justify="right", no_wrap=True, vertical="bottom")
    for row in result.ranked:
        cells = [Text(readable(column.cell(row))) for column in columns]
        drawn.add_row(*cells, style=COLORS.get(result.verdict(row) or NONE, ""))
    return drawn


def _title(result: ComparisonResult) -> Text:
    task = result.task
    chance, ceiling = percent(task.chance), percent(task.ceiling)
    name = task.title + (f" ({task.subtitle})" if task.subtitle else "")
    note = f"\nNote: {task.note}." if task.note else ""
    return Text(f"{name}: {task.metric} on test data (chance {chance}, ceiling {ceiling}){note}")


def _caption(result: ComparisonResult, columns: list[Column]) -> Text:
    tests = dict.fromkeys(row.difference.test for row in result.rows if row.difference)
    methods = dict.fromkeys(row.interval_method for row in result.rows if row.interval_method)
    parts = [
        f"Means with 95 % intervals ({', '.join(methods) or 'none'}) over seeds that finished.",
        f"p: {', '.join(tests)} against {result.baseline}, after Holm{_looks(result)}.",
        "Intervals of differences are at the level at which each verdict was taken.",
        f"Equivalent: within ±{distance(result.margin)}. Level {result.level:g}.",
    ]
    parts.append(_seeds_needed(result))
    parts.append(no_further_seeds(result))
    if any(column.heading == FLOPS for column in columns):
        parts.extend(result.flop_conventions)
    if any(column.heading == LATENCY for column in columns):
        parts.append("ms: median of rounds ± half of their range.")
    if result.left_out:
        parts.append(f"Left out: {', '.join(each.mechanism for each in result.left_out)}.")
    notes = [f"\nNote: {row.label}: {remark}" for row in result.ranked for remark in row.remarks]
    missing = [
        f"\nNot measured: {row.label}: {row.cost.missing}" for row in result.ranked if row.cost.missing
    ]
    return Text(" ".join(filter(None, parts)) + "".join(notes + missing))


def _seeds_needed(result: ComparisonResult) -> str:
    """What open verdicts need, those first that need least; of many the rest is counted."""
    apart = [(row.difference.seeds_needed, row.label) for row in result.ranked if row.difference]
    needed = sorted(((seeds, label) for seeds, label in apart if seeds), key=lambda each: each[0])
    if not needed:
        return ""
    said = [f"{label} about {seeds}" for seeds, label in needed[:MOST_TOLD]]
    if len(needed) > MOST_TOLD:
        said.append(f"{len(needed) - MOST_TOLD} others more")
    return f"Seeds that open verdicts would likely need in all: {', '.join(said)}."


def _score(row: Row) -> str:
    if row.mean is None:
        return NONE
    between = " [{:.1f}, {:.1f}]".format(*(100 * end for end in row.interval)) if row.interval else ""
    return f"{100 * row.mean:.1f}{between}"


def _difference(row: Row) -> str:
    mean = row.difference.mean if row.difference else None
    return NONE if mean is None else f"{100 * mean:+.1f}"


def _interval(row: Row) -> str:
    ends = row.difference.interval if row.difference else None
    return "[{:+.1f}, {:+.1f}]".format(*(100 * end for end in ends)) if ends else NONE


def _verdict(result: ComparisonResult, row: Row) -> str:
    """The verdict; where there are several looks, with the number of seeds at which it was taken."""
    verdict = result.verdict(row) or NONE
    seeds = row.difference.decided_at if row.difference and len(result.looks) > 1 else None
    return f"{verdict} at {seeds}" if seeds else verdict


def _looks(result: ComparisonResult) -> str:
    if len(result.looks) < 2:
        return ""
    listed = ", ".join(map(str, result.looks))
    return f" and for looks at {listed} seeds"


def _p(row: Row) -> str:
    p = row.difference.p_holm if row.difference else None
    if p is None:
        return NONE
    return "<0.001" if p < 0.001 else f"{p:.3f}"


def _latency(row: Row) -> str:
    cost = row.cost
    if cost.latency_ms is None:
        return NONE
    if cost.latency_low_ms is None or cost.latency_high_ms is None:
        return f"{cost.latency_ms:.2f}"
    return f"{cost.latency_ms:.2f} ±{(cost.latency_high_ms - cost.latency_low_ms) / 2:.2f}"


def _steps(row: Row, target: float | None) -> str:
    if not target:
        return "undefined"
    return "never" if row.steps_to_target is None else f"{row.steps_to_target:.0f}"
