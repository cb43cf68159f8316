"""Tables that are as wide as the terminal: what is dispensable goes before anything is cut."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, final

from rich.cells import cell_len
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from regard.cli.console import results, shown

GAP = 2
PROSE = 24
"""Letters of a line of prose below which it cannot be read beside other columns."""
INDENT = 4


@final
@dataclass(frozen=True)
class Column:
    """A heading and the cells below it."""

    heading: str
    cells: Sequence[str]
    goes: int = 0
    """How early the column goes where the terminal is narrow; 0 means never."""
    justify: Literal["left", "right"] = "left"
    styles: Sequence[str] = ()
    """One for each cell, or empty."""

    @property
    def width(self) -> int:
        """Letters of the longest cell."""
        return max(map(cell_len, (self.heading, *self.cells)))

    def cell(self, i: int) -> Text:
        """A cell as it is shown, in its style."""
        return Text(shown(self.cells[i]), self.styles[i] if self.styles else "")


def print_table(columns: Sequence[Column], prose: Column, styles: Sequence[str] = ()) -> None:
    """Print columns of short cells, and at the right one of prose, which is wrapped.

    Where the terminal has no room for prose at the right, it stands below the other cells of its row.
    `styles` has one style for each row, or is empty.
    """
    kept = _fitting(columns, min(PROSE, prose.width))
    if _width(kept) + min(PROSE, prose.width) <= results.width:
        _print_beside(kept, prose, styles)
    else:
        _print_below(kept, prose, styles)


def _fitting(columns: Sequence[Column], room: int) -> list[Column]:
    kept = list(columns)
    while _width(kept) + room > results.width:
        dispensable = max(kept, key=lambda column: column.goes)
        if not dispensable.goes:
            break
        kept.remove(dispensable)
    return kept


def _width(columns: Sequence[Column]) -> int:
    return sum(column.width + GAP for column in columns)


def _print_beside(columns: Sequence[Column], prose: Column, styles: Sequence[str]) -> None:
    table = Table(box=None, pad_edge=False, padding=(0, GAP, 0, 0), header_style="bold")
    for column in columns:
        table.add_column(column.heading, no_wrap=True, justify=column.justify)
    table.add_column(prose.heading, overflow="fold")
    for i, words in enumerate(prose.cells):
        cells = [*(column.cell(i) for column in columns), Text(shown(words))]
        table.add_row(*cells, style=styles[i] if styles else None)
    results.print(table)


def _print_below(columns: Sequence[Column], prose: Column, styles: Sequence[str]) -> None:
    if len(columns) > 1:
        results.print(_line(columns, [column.heading for column in columns]), style="bold")
    for i, words in enumerate(prose.cells):
        style = styles[i] if styles else ""
        results.print(_line(columns, [shown(column.cells[i]) for column in columns]), style=style or "bold")
        if words:
            results.print(Padding(Text(shown(words), style), (0, 0, 0, INDENT)))


def _line(columns: Sequence[Column], cells: Sequence[str]) -> Text:
    """Cells below their headings."""
    gaps = [" " * (column.width + GAP - cell_len(cell)) for column, cell in zip(columns, cells, strict=True)]
    return Text("".join(cell + gap for cell, gap in zip(cells, gaps, strict=True)).rstrip())
