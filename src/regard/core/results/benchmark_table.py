"""The result of a benchmark as tables for the terminal: one for each mask and length, and how costs grow."""

import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from regard.core.numbers import NONE, memory, short, significant
from regard.core.readable import readable
from regard.core.results.advice import advice, shape_words
from regard.core.results.benchmark import BenchmarkResult, BenchmarkRow, Cell, Exponent, Quantity, Times
from regard.core.results.benchmark_flat import throughput
from regard.core.results.cost import FLOP_CONVENTION
from regard.core.results.gaps import gaps

WIDEST = 220
"""Characters of a line where no terminal says how wide it is: enough for all columns."""

LONGEST_LABEL = 32

MEAN = "mean(v)"
"""What the row of the plain mean of the values is called."""

GROWING: tuple[tuple[Quantity, str, float], ...] = (
    ("flops", "FLOPs", 2),
    ("forward", "forward", 0),
    ("training", "forward +\nbackward", 1),
    ("step", "step", 4),
    ("forward_bytes", "memory\nforward", 3),
    ("training_bytes", "memory\nbackward", 5),
    ("state_bytes", "state", 6),
)
"""What has exponents, its heading, and how early it goes."""


@dataclass(frozen=True)
class Column:
    """A heading, the cells below it, and how early it goes where the terminal is narrow (0: never)."""

    heading: str
    cells: Sequence[str]
    goes: float = 0


Draw = Callable[[Sequence[Column]], Table]


def tables(result: BenchmarkResult, console: Console) -> Iterator[Table]:
    """A table for every mask and length that has been measured, then one of growth for every mask."""
    for shape in result.shapes:
        if result.at(shape):
            yield _fitting(_columns(result, shape), partial(_drawn, result, shape), console)
    for causal in result.masks:
        if any(each.causal == causal for row in result.rows for each in row.exponents):
            yield _fitting(_growing(result, causal), partial(_growth, result, causal), console)


def legend(result: BenchmarkResult) -> str:
    """How to read the tables of masks and lengths."""
    parts = [
        f"Times are medians over {result.description.get('rounds', 'the')} rounds, with quartiles; ratios "
        "are those of the same rounds, = where the ranges overlap."
    ]
    if any(cell.nearness for row in result.rows for cell in row.cells):
        parts.append(
            f"Errors are relative to exact softmax, at a standard deviation of the logits; {MEAN} is the "
            "plain mean of the values: what is no nearer does not approximate softmax."
        )
    return " ".join([*parts, FLOP_CONVENTION])


def text_of(result: BenchmarkResult) -> str:
    """The tables as plain text, as wide as all columns are; below them what to use where."""
    console = Console(width=WIDEST, file=io.StringIO(), color_system=None, highlight=False)
    with console.capture() as captured:
        for table in tables(result, console):
            console.print(table)
    lines = [line.rstrip() for line in captured.get().strip("\n").splitlines()]
    return "\n".join([*lines, legend(result), *not_measured(result), *advice(result)])


def not_measured(result: BenchmarkResult) -> list[str]:
    """A line for everything that is missing, with its reason."""
    return [f"Not measured: {gap}" for gap in gaps(result)]


def _fitting(columns: Sequence[Column], draw: Draw, console: Console) -> Table:
    """With as many columns as the console is wide."""
    kept = list(columns)
    drawn = draw(kept)
    while Measurement.get(console, console.options, drawn).maximum > console.width - 1:
        dispensable = max(kept, key=lambda column: column.goes)
        if not dispensable.goes:
            break
        kept.remove(dispensable)
        drawn = draw(kept)
    return drawn


def _measured(result: BenchmarkResult, shape: tuple[bool, int]) -> list[tuple[BenchmarkRow, Cell]]:
    return [(row, cell) for row, cell in result.at(shape) if cell.why is None]


def _columns(result: BenchmarkResult, shape: tuple[bool, int]) -> list[Column]:
    found = _measured(result, shape)
    cells = [cell for _, cell in found]
    fused = next((cell for row, cell in found if row.label == result.fused), None)

    def times(kind: str) -> list[str]:
        return [_times(getattr(cell, kind)) for cell in cells]

    def ratios(kind: str) -> list[str]:
        return [_ratio(getattr(cell, kind), getattr(fused, kind, None)) for cell in cells]

    columns = [
        Column("mechanism", [row.label for row, _ in found]),
        Column("FLOPs", [short(cell.flops) for cell in cells], 1),
        Column("forward ms\n[quartiles]", times("forward")),
        Column("forward\n/ fused", ratios("forward"), 0.1),
        Column("forward +\nbackward ms", times("training"), 3),
        Column("backward\n/ fused", ratios("training"), 2),
        Column("positions\nper s", [short(throughput(result, cell)) for cell in cells], 9),
        Column("memory\nforward", [memory(cell.forward_bytes) for cell in cells], 4),
        Column("memory\nbackward", [memory(cell.training_bytes) for cell in cells], 5),
    ]
    if shape[0]:
        columns.append(Column("step ms", times("step"), 6))
        columns.append(Column("state", [memory(cell.state_bytes) for cell in cells], 7))
    errors = _errors(cells)
    return [*map(_without_mean, columns), *errors] if errors else columns


def _without_mean(column: Column) -> Column:
    """The column with a cell for the mean of the values, which has errors alone."""
    last = MEAN if column.heading == "mechanism" else ""
    return replace(column, cells=[*column.cells, last])


def _errors(cells: Sequence[Cell]) -> list[Column]:
    means = {near.scale: near.mean_error for cell in cells for near in cell.nearness}
    errors = [*({near.scale: near.error for near in cell.nearness} for cell in cells), means]
    return [
        Column(f"error\nat {scale:g}", [significant(each.get(scale), 2) for each in errors], 8 if i else 2.5)
        for i, scale in enumerate(means)
    ]


def _drawn(result: BenchmarkResult, shape: tuple[bool, int], columns: Sequence[Column]) -> Table:
    title = f"{shape_words(shape)}, batch {result.batch}, {result.machine}"
    bold = [row.label in (result.fused, result.plain) for row, _ in _measured(result, shape)]
    return _table(title, "", columns, ["bold" if each else "" for each in bold])


def _growing(result: BenchmarkResult, causal: bool) -> list[Column]:
    def powers(quantity: Quantity) -> list[str]:
        return [_power(row.exponent(quantity, causal=causal)) for row in result.rows]

    def faster(label: str) -> list[str]:
        return [str(row.crossover("forward", label, causal=causal) or NONE) for row in result.rows]

    steps = causal and any(row.exponent("step", causal=True) for row in result.rows)
    shown = [each for each in GROWING if steps or each[0] not in ("step", "state_bytes")]
    return [
        Column("mechanism", [row.label for row in result.rows]),
        *(Column(heading, powers(quantity), goes) for quantity, heading, goes in shown),
        Column("faster than\nfused softmax", faster(result.fused)),
        Column("faster than\nunfused softmax", faster(result.plain), 0.5),
    ]


def _growth(result: BenchmarkResult, causal: bool, columns: Sequence[Column]) -> Table:
    lengths = [n for row in result.rows for each in row.exponents for n in each.lengths]
    span = f"from {min(lengths)} to {max(lengths)}" if lengths else ""
    caption = (
        f"Powers of n with their 95 % intervals, by least squares of logarithms {span}. Faster: from which "
        "length on a forward pass is faster by more than the noise, there and at every longer one measured."
    )
    return _table(f"Growth with the length n, {'causal' if causal else 'not causal'}", caption, columns)


def _table(title: str, caption: str, columns: Sequence[Column], styles: Sequence[str] = ()) -> Table:
    drawn = Table(
        title=Text(title),
        caption=Text(caption) if caption else None,
        title_justify="left",
        caption_justify="left",
        box=SIMPLE_HEAD,
        pad_edge=False,
    )
    name, *others = columns
    drawn.add_column(name.heading, max_width=LONGEST_LABEL, overflow="fold", vertical="bottom")
    for column in others:
        drawn.add_column(column.heading, justify="right", no_wrap=True, vertical="bottom")
    for i in range(len(name.cells)):
        cells = [Text(readable(column.cells[i])) for column in columns]
        drawn.add_row(*cells, style=styles[i] if i < len(styles) else "")
    return drawn


def _times(times: Times | None) -> str:
    if times is None:
        return NONE
    return f"{significant(times.median_ms)} [{significant(times.lower_ms)}, {significant(times.upper_ms)}]"


def _ratio(times: Times | None, fused: Times | None) -> str:
    if times is None or fused is None or times.ratio is None:
        return NONE
    apart = times is fused or times.beats(fused) or fused.beats(times)
    return ("" if apart else "= ") + significant(times.ratio)


def _power(found: Exponent | None) -> str:
    if found is None:
        return NONE
    between = "" if found.low is None or found.high is None else f" [{found.low:.2f}, {found.high:.2f}]"
    return f"{found.exponent:.2f}{between}"
