"""`regard check`: every law, judged and measured."""

import dataclasses
import logging
import math
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from regard.cli.completion import complete_part
from regard.cli.options import Json, Timeout
from regard.cli.status import Status

if TYPE_CHECKING:
    from regard.kinds import Kind
    from regard.laws import Judgment

Judged = dict[str, list["Judgment"]]

STYLES = {"holds": "green", "broken": "bold red", "exempt": "dim"}


def check(
    name: Annotated[
        str,
        typer.Argument(
            help="A mechanism or task, path/to/file.py:ClassName, or all.", autocompletion=complete_part
        ),
    ],
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
    deep: Annotated[
        bool,
        typer.Option("--deep", help="Try many more lengths, sizes, precisions and modes; takes minutes."),
    ] = False,
    timeout: Timeout = None,
    as_json: Json = False,
    markdown: Annotated[
        Path | None, typer.Option("--markdown", help="Write the matrix of all laws to this file.")
    ] = None,
) -> None:
    """Judge a mechanism or a task by every law that applies to it. Exit status 1 if one is broken."""
    from regard.cli.console import print_json

    name = _named(name)
    kind = _kind(name, noun)
    kind = kind.deepened() if deep else kind
    judged = _judged(kind, name, overrides or [], timeout)
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
        raise typer.Exit(Status.FAILED)


def _named(name: str) -> str:
    """The name in the catalog of what other collections call otherwise, which is told."""
    from regard.mechanisms import alias_note, meant_by

    meant = meant_by(name)
    if note := alias_note(name):
        logging.getLogger(__name__).info(note)
    return meant


def _kind(name: str, noun: str | None) -> "Kind":
    from regard.kinds import kind_called, kind_of, kinds

    if noun is not None:
        return kind_called(noun)
    return kinds()[0] if name == "all" else kind_of(name, kinds())


def _judged(kind: "Kind", name: str, overrides: list[str], timeout: float | None) -> Judged:
    from regard.cli.signs import progress
    from regard.configuration import options_from
    from regard.judging import check_all_apart, check_apart

    names = kind.catalog.names() if name == "all" else [name]
    options = options_from(overrides, "check", [key for each in names for key in kind.catalog.options(each)])
    judgments: Iterator[tuple[str, Judgment]]
    if name == "all":
        judgments, parts = check_all_apart(kind, options, timeout), len(kind.catalog.names())
    else:
        judgments, parts = check_apart(kind, name, options, timeout), 1
    judged: Judged = {}
    with progress() as bar:
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


def _print_judgments(judgments: "list[Judgment]") -> None:
    from regard.cli.console import explain
    from regard.cli.tables import Column, print_table

    columns = [
        Column("law", [judgment.law for judgment in judgments]),
        Column("judgment", [judgment.outcome for judgment in judgments]),
        Column("measured", [_figure(judgment.figure) for judgment in judgments], 1, "right"),
        Column("limit", [_figure(judgment.limit) for judgment in judgments], 2, "right"),
    ]
    notes = Column("note", [judgment.note for judgment in judgments])
    print_table(columns, notes, [STYLES[judgment.outcome] for judgment in judgments])
    explain(_count(judgments))


def _print_summary(kind: "Kind", judged: Judged) -> None:
    from regard.cli.console import explain
    from regard.cli.tables import Column, print_table
    from regard.laws.tables import unjudged

    broken = [", ".join(each.law for each in found if each.outcome == "broken") for found in judged.values()]
    columns = [
        Column(kind.name, list(judged)),
        Column("laws kept", [_count(each) for each in judged.values()], 1),
    ]
    print_table(columns, Column("broken", broken), [STYLES["broken"] if each else "" for each in broken])
    for name, reason in unjudged(judged).items():
        explain(f"{name} is not judged: {reason}", style="dim")


def _count(judgments: Iterable["Judgment"]) -> str:
    outcomes: list[Any] = [judgment.outcome for judgment in judgments]
    applying = len(outcomes) - outcomes.count("exempt")
    return f"{outcomes.count('holds')} of {applying} laws hold, {outcomes.count('exempt')} do not apply"


def _figure(value: float | None) -> str:
    return "" if value is None else f"{value:.2g}"
