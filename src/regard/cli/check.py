"""`regard check`: every law, judged and measured."""

import dataclasses
import math
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from regard.cli.options import Json

if TYPE_CHECKING:
    from regard.laws import Verdict

Judged = dict[str, list["Verdict"]]

STYLES = {"holds": "green", "broken": "bold red", "exempt": "dim"}


def check(
    name: Annotated[str, typer.Argument(help="A mechanism, path/to/file.py:ClassName, or all.")],
    overrides: Annotated[
        list[str] | None, typer.Argument(metavar="[OPTION=VALUE...]", help="For instance rank=8.")
    ] = None,
    as_json: Json = False,
    markdown: Annotated[
        Path | None, typer.Option("--markdown", help="Write the matrix of all laws to this file.")
    ] = None,
) -> None:
    """Judge a mechanism by every law that its traits claim. Exit status 1 if one is broken."""
    from regard.cli.console import print_json

    judged = _judged(name, overrides or [], quiet=as_json)
    if as_json:
        print_json({each: [_plain(verdict) for verdict in judged[each]] for each in judged})
    elif name == "all":
        _print_summary(judged)
    else:
        _print_verdicts(judged[name])
    if markdown is not None:
        markdown.write_text(_document(judged), encoding="utf-8")
    if any(verdict.outcome == "broken" for verdicts in judged.values() for verdict in verdicts):
        raise typer.Exit(1)


def _judged(name: str, overrides: list[str], *, quiet: bool) -> Judged:
    from regard.attention.laws import MECHANISM_LAWS, Subject
    from regard.cli.console import progress
    from regard.cli.overrides import options_from
    from regard.mechanisms import MECHANISMS

    names = MECHANISMS.names() if name == "all" else [name]
    options = options_from(overrides)
    for each in names:
        MECHANISMS.check(each, options)
    judged: Judged = {each: [] for each in names}
    with progress(hidden=quiet) as bar:
        task = bar.add_task("Judging", total=len(names) * len(MECHANISM_LAWS.names()), note="")
        for each in names:
            for verdict in MECHANISM_LAWS.check(Subject(MECHANISMS.find(each), options, MECHANISMS.find)):
                judged[each].append(verdict)
                bar.update(task, advance=1, note=f"{each} {verdict.law}")
    return judged


def _plain(verdict: "Verdict") -> dict[str, Any]:
    """A verdict as JSON, which has no infinity."""
    figure = verdict.figure
    shown = str(figure) if figure is not None and not math.isfinite(figure) else figure
    return dataclasses.asdict(verdict) | {"figure": shown}


def _print_verdicts(verdicts: Iterable["Verdict"]) -> None:
    from rich.table import Table

    from regard.cli.console import results

    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("law", "verdict", "measured", "limit"):
        table.add_column(heading, justify="right" if heading in ("measured", "limit") else "left")
    table.add_column("note", overflow="fold")
    for verdict in verdicts:
        style = STYLES[verdict.outcome]
        cells = (verdict.law, verdict.outcome, _figure(verdict.figure), _figure(verdict.limit), verdict.note)
        table.add_row(*cells, style=style)
    results.print(table)
    results.print(_count(verdicts))


def _print_summary(judged: Judged) -> None:
    from rich.table import Table

    from regard.cli.console import results

    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("mechanism", "laws kept", "broken"):
        table.add_column(heading)
    for name, verdicts in judged.items():
        broken = [verdict.law for verdict in verdicts if verdict.outcome == "broken"]
        table.add_row(name, _count(verdicts), ", ".join(broken), style="bold red" if broken else "")
    results.print(table)


def _count(verdicts: Iterable["Verdict"]) -> str:
    outcomes: list[Any] = [verdict.outcome for verdict in verdicts]
    applying = len(outcomes) - outcomes.count("exempt")
    return f"{outcomes.count('holds')} of {applying} laws hold, {outcomes.count('exempt')} do not apply"


def _figure(value: float | None) -> str:
    return "" if value is None else f"{value:.2g}"


def _document(judged: Judged) -> str:
    """The page in the documentation: support first, since that is what one looks for."""
    from regard.attention.laws import MECHANISM_LAWS
    from regard.laws import law_matrix, support_matrix

    parts = [
        "# Conformance",
        "Written by `make docs` from measured verdicts; never edited by hand.",
        "## What each mechanism supports",
        support_matrix(MECHANISM_LAWS, judged),
        "## Which law each mechanism keeps",
        law_matrix(MECHANISM_LAWS, judged),
    ]
    return "\n\n".join(part.strip() for part in parts) + "\n"
