"""`regard mechanisms`: what there is, and what one of them is."""

from typing import Annotated, Any

import typer

from regard.cli.completion import complete_mechanism
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
    name: Annotated[
        str | None, typer.Argument(help="Tell all about this one.", autocompletion=complete_mechanism)
    ] = None,
    overrides: Annotated[
        list[str] | None, typer.Argument(metavar="[OPTION=VALUE...]", help="For instance kernel=relu.")
    ] = None,
    as_json: Json = False,
) -> None:
    """List the mechanisms, or tell all about one of them."""
    from regard.cli.console import print_json
    from regard.configuration import options_from
    from regard.mechanisms import MECHANISMS

    options = options_from(overrides or [], "mechanisms", MECHANISMS.options(name) if name else ())
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
    from regard.core.documentation import description, summary
    from regard.mechanisms import MECHANISMS

    # any size will do: what is claimed hangs on the options
    size = Size(heads=4, key_features=16, value_features=16, length=64, grid=Grid(8, 8))
    mechanism = MECHANISMS.build(name, size, **options)
    return {
        "name": name,
        "summary": summary(type(mechanism)),
        "description": description(type(mechanism)),
        "options": [str(option) for option in MECHANISMS.options(name).values()],
        "traits": claims(mechanism),
        "reads_also": [name for name in mechanism.declared.names if name not in USUAL],
        "ties": [tie.to for tie in mechanism.traits.ties],
    }


def _print_table(entries: list[dict[str, Any]]) -> None:
    from regard.cli.console import explain
    from regard.cli.tables import Column, print_table

    traits = [entry["traits"] for entry in entries]
    columns = [
        Column("mechanism", [entry["name"] for entry in entries]),
        Column("marks", ["".join(m if each[key] else "·" for key, m in MARKS.items()) for each in traits], 1),
        Column("time", [each["time"] for each in traits], 2),
        Column("memory", [each["memory"] for each in traits], 3),
        Column("reads also", [_others(entry, "reads_also") for entry in entries], 4),
        Column("tied to", [_others(entry, "ties") for entry in entries], 5),
    ]
    print_table(columns, Column("what it does", [entry["summary"] for entry in entries]))
    explain(
        "\nC causal  X cross-attention  P padding mask  R streams  G needs a grid  F fixed length\n"
        "`regard mechanisms NAME` tells its options and source; `regard check NAME` proves its claims.",
        style="dim",
    )


def _others(entry: dict[str, Any], key: str) -> str:
    return ", ".join(name for name in entry[key] if name != entry["name"])


def _print_one(entry: dict[str, Any]) -> None:
    from regard.cli.console import explain, reflowed

    explain(entry["name"], style="bold")
    explain(reflowed(entry["description"]))
    explain("\nOptions", style="bold")
    for option in entry["options"] or ["none"]:
        explain(f"  {option}")
    explain("\nTraits", style="bold")
    for key, value in entry["traits"].items():
        explain(f"  {key}: {value}")
