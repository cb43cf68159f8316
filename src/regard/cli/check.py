"""`regard check`: every law, judged and measured."""

import dataclasses
import math
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from regard.cli.options import Json

if TYPE_CHECKING:
    from regard.kinds import Kind
    from regard.laws import Judgment

Judged = dict[str, list["Judgment"]]

STYLES = {"holds": "green", "broken": "bold red", "exempt": "dim"}


def check(
    name: Annotated[str, typer.Argument(help="A mechanism or task, path/to/file.py:ClassName, or all.")],
    overrides: Annotated[
        list[str] | None, typer.Argument(metavar="[OPTION=VALUE...]", help="For instance rank=8.")
    ] = None,
    noun: Annotated[
        str | None,
        typer.Option(
            "--kind",
            help="mechanism or task, where the name does not say which; layer for what is around it.",
        ),
    ] = None,
    as_json: Json = False,
    markdown: Annotated[
        Path | None, typer.Option("--markdown", help="Write the matrix of all laws to this file.")
    ] = None,
) -> None:
    """Judge a mechanism or a task by every law that applies to it. Exit status 1 if one is broken."""
    from regard.cli.console import print_json

    kind = _kind(name, noun)
    judged = _judged(kind, name, overrides or [], quiet=as_json)
    if as_json:
        print_json({each: [_plain(judgment) for judgment in judged[each]] for each in judged})
    elif name == "all":
        _print_summary(kind, judged)
    else:
        _print_judgments(judged[name])
    if markdown is not None:
        from regard.cli.conformance import conformance_page

        markdown.write_text(conformance_page(kind.laws, judged), encoding="utf-8")
    if any(judgment.outcome == "broken" for judgments in judged.values() for judgment in judgments):
        raise typer.Exit(1)


def _kind(name: str, noun: str | None) -> "Kind":
    from regard.kinds import kind_called, kind_of, kinds

    if noun is not None:
        return kind_called(noun)
    return kinds()[0] if name == "all" else kind_of(name, kinds())


def _judged(kind: "Kind", name: str, overrides: list[str], *, quiet: bool) -> Judged:
    from regard.cli.console import progress
    from regard.cli.overrides import options_from

    options = options_from(overrides)
    judgments: Iterator[tuple[str, Judgment]]
    if name == "all":
        judgments, parts = kind.check_all(options), len(kind.catalog.names())
    else:
        judgments, parts = ((name, judgment) for judgment in kind.check(name, options)), 1
    judged: Judged = {}
    with progress(hidden=quiet) as bar:
        task = bar.add_task("Judging", total=parts * len(kind.laws.names()), note="")
        for each, judgment in judgments:
            judged.setdefault(each, []).append(judgment)
            bar.update(task, advance=1, note=f"{each} {judgment.law}")
    return judged


def _plain(judgment: "Judgment") -> dict[str, Any]:
    """A judgment as JSON, which has no infinity."""
    figure = judgment.figure
    shown = str(figure) if figure is not None and not math.isfinite(figure) else figure
    return dataclasses.asdict(judgment) | {"figure": shown}


def _print_judgments(judgments: Iterable["Judgment"]) -> None:
    from rich.table import Table

    from regard.cli.console import results

    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("law", "judgment", "measured", "limit"):
        table.add_column(heading, justify="right" if heading in ("measured", "limit") else "left")
    table.add_column("note", overflow="fold")
    for judgment in judgments:
        style = STYLES[judgment.outcome]
        cells = (
            judgment.law,
            judgment.outcome,
            _figure(judgment.figure),
            _figure(judgment.limit),
            judgment.note,
        )
        table.add_row(*cells, style=style)
    results.print(table)
    results.print(_count(judgments))


def _print_summary(kind: "Kind", judged: Judged) -> None:
    from rich.table import Table

    from regard.cli.console import results
    from regard.laws.matrix import unjudged

    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in (kind.name, "laws kept"):
        table.add_column(heading, no_wrap=True)
    table.add_column("broken", overflow="fold")
    for name, judgments in judged.items():
        broken = [judgment.law for judgment in judgments if judgment.outcome == "broken"]
        table.add_row(name, _count(judgments), ", ".join(broken), style="bold red" if broken else "")
    results.print(table)
    for name, reason in unjudged(judged).items():
        results.print(f"{name} is not judged: {reason}", style="dim", markup=False)


def _count(judgments: Iterable["Judgment"]) -> str:
    outcomes: list[Any] = [judgment.outcome for judgment in judgments]
    applying = len(outcomes) - outcomes.count("exempt")
    return f"{outcomes.count('holds')} of {applying} laws hold, {outcomes.count('exempt')} do not apply"


def _figure(value: float | None) -> str:
    return "" if value is None else f"{value:.2g}"
