"""`regard mechanisms`: what there is, and what one of them is."""

import inspect
from typing import Annotated, Any

import typer

from regard.cli.options import Json

MARKS = {
    "causal": "C",
    "cross": "X",
    "padding": "P",
    "streaming": "R",
    "needs_grid": "G",
    "fixed_length": "F",
}
"""The letters of the table, as in the catalog's documentation."""


def mechanisms(
    name: Annotated[str | None, typer.Argument(help="Tell all about this one.")] = None,
    overrides: Annotated[
        list[str] | None, typer.Argument(metavar="[OPTION=VALUE...]", help="For instance kernel=relu.")
    ] = None,
    as_json: Json = False,
) -> None:
    """List the mechanisms, or tell all about one of them."""
    from regard.cli.console import print_json
    from regard.cli.overrides import options_from
    from regard.mechanisms import MECHANISMS

    options = options_from(overrides or [])
    names = MECHANISMS.names() if name is None else [name]
    entries = _entries(names, options) if name is None else _entries_apart(names, options)
    if as_json:
        print_json(entries if name is None else entries[0])
    elif name is None:
        _print_table(entries)
    else:
        _print_one(entries[0])


def _entries_apart(names: list[str], options: dict[str, Any]) -> list[dict[str, Any]]:
    """The same as `_entries`; a class of a user's own is built where it costs this process nothing."""
    from regard.core.user_file import named_by

    if not any(map(named_by, names)):
        return _entries(names, options)
    from regard.experiment import apart

    return list(apart(_entries, names, options))


def _entries(names: list[str], options: dict[str, Any]) -> list[dict[str, Any]]:
    return [_entry(name, options) for name in names]


def _entry(name: str, options: dict[str, Any]) -> dict[str, Any]:
    from regard.attention import Grid, Size
    from regard.attention.claims import USUAL, claims
    from regard.mechanisms import MECHANISMS

    # any size will do: what is claimed hangs on the options
    size = Size(heads=4, key_features=16, value_features=16, length=64, grid=Grid(8, 8))
    mechanism = MECHANISMS.build(name, size, **options)
    description = inspect.getdoc(type(mechanism)) or ""
    return {
        "name": name,
        "summary": description.split("\n\n")[0].replace("\n", " "),
        "description": description,
        "options": [str(option) for option in MECHANISMS.options(name).values()],
        "traits": claims(mechanism),
        "reads_also": [name for name in mechanism.declared.names if name not in USUAL],
        "ties": [tie.to for tie in mechanism.traits.ties],
    }


def _print_table(entries: list[dict[str, Any]]) -> None:
    from rich.table import Table

    from regard.cli.console import results

    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("mechanism", "marks", "time", "memory", "reads also", "tied to", "what it does"):
        table.add_column(heading, no_wrap=heading != "what it does")
    for entry in entries:
        traits = entry["traits"]
        marks = "".join(mark if traits[key] else "·" for key, mark in MARKS.items())
        names = (
            ", ".join(name for name in entry[key] if name != entry["name"]) for key in ("reads_also", "ties")
        )
        table.add_row(entry["name"], marks, traits["time"], traits["memory"], *names, entry["summary"])
    results.print(table)
    results.print(
        "\nC causal  X cross-attention  P padding mask  R streams  G needs a grid  F fixed length\n"
        "`regard mechanisms NAME` tells its options and source; `regard check NAME` proves its claims.",
        style="dim",
        markup=False,
    )


def _print_one(entry: dict[str, Any]) -> None:
    from regard.cli.console import reflowed, results

    results.print(entry["name"], style="bold")
    results.print(reflowed(entry["description"]), markup=False)
    results.print("\nOptions", style="bold")
    for option in entry["options"] or ["none"]:
        results.print(f"  {option}", markup=False)
    results.print("\nTraits", style="bold")
    for key, value in entry["traits"].items():
        results.print(f"  {key}: {value}", markup=False)
