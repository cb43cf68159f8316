"""`regard settings`: every setting that a command takes, with its meaning."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from regard.cli.completion import complete_task
from regard.cli.options import Json

if TYPE_CHECKING:
    from regard.configuration.listing import Setting


def settings(
    task: Annotated[
        str | None,
        typer.Argument(help="A task, whose options and recipe are listed too.", autocompletion=complete_task),
    ] = None,
    overrides: Annotated[
        list[str] | None,
        typer.Argument(metavar="[KEY=VALUE...]", help="For instance recipe=large or optimizer=sgd."),
    ] = None,
    as_json: Json = False,
) -> None:
    """List all settings of training and comparing: meaning, default, the recipe's value and its reason."""
    from regard.cli.console import print_json
    from regard.configuration.listing import parts_of, settings_of
    from regard.recipes import reasons

    given = list(overrides or [])
    if task is not None:
        given.insert(0, task if "=" in task else f"task={task}")
    listed = settings_of(given)
    named = {each.partition("=")[0]: each.partition("=")[2] for each in given}
    why = "\n\n".join(each.whole for each in reasons(named.get("task", ""), named.get("recipe")))
    if as_json:
        print_json({"recipe": why, "settings": [_plain(each) for each in listed]})
        return
    _print_parts(parts_of())
    for group in dict.fromkeys(_group(each) for each in listed):
        _print_group(group, [each for each in listed if _group(each) == group])
    if why:
        _print_reasons(why)


def _plain(setting: "Setting") -> dict[str, Any]:
    import dataclasses

    return dataclasses.asdict(setting)


def _group(setting: "Setting") -> str:
    of_command = "benchmark" if setting.commands == ("bench",) else "comparison"
    return setting.key.rpartition(".")[0] or of_command


def _print_parts(parts: list[tuple[str, str]]) -> None:
    from regard.cli.tables import Column, print_table

    keys, meanings = zip(*parts, strict=True)
    print_table([Column("parts", keys)], Column("what they choose", meanings))


def _print_group(group: str, settings: "list[Setting]") -> None:
    from regard.cli.console import results
    from regard.cli.tables import Column, print_table

    columns = [
        Column(group, [each.key for each in settings]),
        Column(
            "value",
            [_shown(each.value) for each in settings],
            styles=["bold" if each.of_recipe else "" for each in settings],
        ),
        Column("default", [_shown(each.default) for each in settings], goes=1),
    ]
    results.print()
    print_table(columns, Column("meaning and reason", [_prose(each) for each in settings]))
    if len(settings[0].commands) == 1:
        results.print(f"  (used by regard {settings[0].commands[0]} alone)", style="dim")


def _prose(setting: "Setting") -> str:
    reason = f" Here: {setting.reason}." if setting.reason else ""
    return f"{setting.meaning}{reason} ({setting.kind})"


def _print_reasons(why: str) -> None:
    from regard.cli.console import results

    results.print("\nThe recipe, and why", style="bold")
    results.print(why, markup=False, soft_wrap=True)


def _shown(value: Any) -> str:
    """A value as it is written behind the equals sign."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | tuple):
        return f"[{','.join(map(_shown, value))}]"
    return str(value) if value != "" else "''"
