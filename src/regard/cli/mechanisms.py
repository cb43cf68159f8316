"""`regard mechanisms`: what there is, and what one of them is."""

import dataclasses
from typing import Annotated, Any

import typer

from regard.cli.completion import complete_mechanism
from regard.cli.options import Json

HEADS, FEATURES, SIDE = 4, 16, 8
LENGTH = SIDE**2
"""The size for which a cost is told. Any will do for what is claimed: it hangs on the options."""

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
    """List the mechanisms, or tell all about one of them; of another name for one, what it is here."""
    from regard.cli.console import print_json
    from regard.mechanisms import ALIASES, MECHANISMS, alias_note

    if name is None:
        entries = _asked(MECHANISMS.names(), overrides)
        print_json(entries) if as_json else _print_table(entries)
        return
    alias, told = ALIASES.get(name), {"note": alias_note(name)} if name in ALIASES else {}
    meant = alias.mechanism if alias else name
    entry = told if meant is None else _asked([meant], overrides)[0] | told
    print_json(entry) if as_json else _print_one(entry)


def _asked(names: list[str], overrides: list[str] | None) -> list[dict[str, Any]]:
    """All that is told of the mechanisms. Options are of the only one."""
    from regard.configuration import options_from
    from regard.mechanisms import MECHANISMS

    known = MECHANISMS.options(names[0]) if len(names) == 1 else ()
    return _entries_apart(names, options_from(overrides or [], "mechanisms", known))


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

    size = Size(HEADS, FEATURES, FEATURES, LENGTH, grid=Grid(SIDE, SIDE))
    mechanism = MECHANISMS.build(name, size, **options)
    return {
        "name": name,
        "summary": summary(type(mechanism)),
        "description": description(type(mechanism)),
        "options": [str(option) for option in MECHANISMS.options(name).values()],
        "traits": claims(mechanism),
        "reads_also": [name for name in mechanism.declared.names if name not in USUAL],
        "ties": [tie.to for tie in mechanism.traits.ties],
        "cost": dataclasses.asdict(mechanism.cost(LENGTH, LENGTH)),
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

    if "note" in entry:
        explain(entry["note"])
    if "name" not in entry:
        return
    explain(entry["name"], style="bold")
    explain(reflowed(entry["description"]))
    explain("\nOptions", style="bold")
    for option in entry["options"] or ["none"]:
        explain(f"  {option}")
    explain("\nTraits", style="bold")
    for key, value in entry["traits"].items():
        explain(f"  {key}: {value}")
    explain(f"\nCost of {LENGTH} positions in {HEADS} heads of {FEATURES} features", style="bold")
    for key, number in entry["cost"].items():
        explain(f"  {key}: {number:,}")
