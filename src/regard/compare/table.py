"""The result as a table for the terminal, from the document alone."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from regard.compare.documents import Document
from regard.core import user_file
from regard.core.phrase import phrase

NONE = "–"
LONGEST_LABEL = 32
"""Characters of a mechanism's label before it is folded."""

COLORS = {"better": "green", "worse": "red", "baseline": "bold", "equivalent": "cyan"}

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Column:
    """A heading, what stands below it, and how early it goes where the terminal is narrow (0: never)."""

    heading: str
    cell: Callable[[Row], str]
    goes: int = 0


def table(document: Document, console: Console) -> Table:
    """Rows by mean score, with as many columns as the console is wide; the CSV has all of them."""
    failed = any(row["failures"] for row in document["rows"])
    columns = [column for column in COLUMNS if failed or column is not FAILED]
    drawn = _drawn(document, columns)
    while Measurement.get(console, console.options, drawn).maximum > console.width - 1:
        dispensable = max(columns, key=lambda column: column.goes)
        if not dispensable.goes:
            break
        columns.remove(dispensable)
        drawn = _drawn(document, columns)
    return drawn


def ranked(document: Document) -> list[Row]:
    """The rows from the best mean score to the worst; those without one last."""
    return sorted(
        document["rows"], key=lambda row: (row["mean"] is None, -(row["mean"] or 0.0), row["label"])
    )


def _drawn(document: Document, columns: list[Column]) -> Table:
    drawn = Table(
        title=_title(document),
        caption=_caption(document),
        title_justify="left",
        caption_justify="left",
        box=SIMPLE_HEAD,
        pad_edge=False,
    )
    name, *others = columns
    drawn.add_column(name.heading, max_width=LONGEST_LABEL, overflow="fold", vertical="bottom")
    for column in others:
        drawn.add_column(column.heading, justify="right", no_wrap=True, vertical="bottom")
    for row in ranked(document):
        # what every row has in common, for the cells that need it
        whole = {**row, "target": document["target"]}
        cells = [Text(column.cell(whole)) for column in columns]
        drawn.add_row(*cells, style=COLORS.get(_verdict(row), ""))
    return drawn


def _title(document: Document) -> Text:
    task = document["task"]
    chance, ceiling = _percent(task["chance"]), _percent(task["ceiling"])
    options = phrase(task["changed"])
    name = user_file.short(task["name"]) + (f" ({options})" if options else "")
    note = f"\nNote: {task['note']}." if task["note"] else ""
    return Text(f"{name}: {task['metric']} on test data (chance {chance}, ceiling {ceiling}){note}")


def _caption(document: Document) -> Text:
    tests = dict.fromkeys(row["difference"]["test"] for row in document["rows"] if row["difference"])
    kinds = dict.fromkeys(row["interval_method"] for row in document["rows"] if row["interval"])
    parts = [
        f"Means with 95 % intervals ({', '.join(kinds) or 'none'}) over seeds that finished.",
        f"p: {', '.join(tests)} against {document['baseline']}, after Holm.",
        f"Equivalent: within ±{100 * document['margin']:g} points. Level {document['level']:g}.",
    ]
    left_out = [each["mechanism"] for each in document["left_out"]]
    if left_out:
        parts.append(f"Left out: {', '.join(left_out)}.")
    return Text(" ".join(parts))


def _verdict(row: Row) -> str:
    return row["difference"]["verdict"] if row["difference"] else "baseline"


def _score(row: Row) -> str:
    if row["mean"] is None:
        return NONE
    low, high = row["interval"] or (None, None)
    between = "" if low is None or high is None else f" [{100 * low:.1f}, {100 * high:.1f}]"
    return f"{100 * row['mean']:.1f}{between}"


def _failures(row: Row) -> str:
    return f"{row['failures']}/{len(row['seeds'])}"


def _difference(row: Row) -> str:
    mean = row["difference"] and row["difference"]["mean"]
    return NONE if mean is None else f"{100 * mean:+.1f}"


def _p(row: Row) -> str:
    p = row["difference"] and row["difference"]["p_holm"]
    if p is None:
        return NONE
    return "<0.001" if p < 0.001 else f"{p:.3f}"


def _steps(row: Row) -> str:
    if not row["target"]:
        return "undefined"
    return "never" if row["steps_to_target"] is None else f"{row['steps_to_target']:.0f}"


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _metric(value: float) -> str:
    """Three digits and a metric letter: 12 345 678 as 12.3M."""
    for size, letter in ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= 0.9995 * size:
            return f"{value / size:.3g}{letter}" if value < 999.5 * size else f"{value / size:.0f}{letter}"
    return f"{value:.3g}"


def _bytes(value: float) -> str:
    """Bytes in MiB or GiB: 1 572 864 as 1.5 MiB."""
    return f"{value / 2**30:.1f} GiB" if value >= 2**30 else f"{value / 2**20:.1f} MiB"


def _of_cost(name: str, shown: Callable[[float], str]) -> Callable[[Row], str]:
    return lambda row: shown(row["cost"][name])


FAILED = Column("failed", _failures)
"""Shown, however narrow the terminal, as soon as one run failed."""

COLUMNS = (
    Column("mechanism", lambda row: row["label"]),
    Column("rate", lambda row: f"{row['rate']:g}", goes=3),
    Column("score %\n[95 %]", _score),
    FAILED,
    Column("diff.", _difference),
    Column("p", _p),
    Column("verdict", _verdict),
    Column("steps\nto 95 %", _steps, goes=4),
    Column("params", _of_cost("parameters", _metric), goes=5),
    Column("FLOPs", _of_cost("flops", _metric), goes=1),
    Column("ms", _of_cost("latency_ms", "{:.2f}".format), goes=2),
    Column("per s", _of_cost("throughput_per_s", _metric), goes=7),
    Column("memory\ntraining", _of_cost("training_peak_bytes", _bytes), goes=6),
    Column("memory\ninference", _of_cost("inference_peak_bytes", _bytes), goes=8),
)
"""From left to right; a wide terminal shows all."""
