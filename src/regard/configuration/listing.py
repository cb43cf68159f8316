"""All settings with their meaning: what `regard settings` lists.

A meaning is read where it is written, beside the field or in the docstring of the part.
"""

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, final, get_args, get_origin, get_type_hints

from hydra.core.override_parser.types import Override

from regard.benchmark import Benchmark
from regard.comparison import Comparison
from regard.configuration.benchmark import settings_of_benchmarks
from regard.configuration.choice import said_options
from regard.configuration.overrides import only_name, parsed, settled
from regard.configuration.resolved import COMPARISON, PARTS, resolve
from regard.core import user_file
from regard.core.catalog import Catalog
from regard.core.documentation import field_meanings, option_meaning
from regard.core.errors import InvalidOption
from regard.core.settings import ModelSettings, TrainingSettings
from regard.core.values import type_name
from regard.mechanisms import MECHANISMS
from regard.recipes import reasons
from regard.tasks import TASKS

BOTH = ("train", "compare")


@final
@dataclass(frozen=True, kw_only=True)
class Setting:
    """One key of `KEY=VALUE`."""

    key: str
    kind: str
    """What values it takes: a type or the choices."""
    default: Any
    value: Any
    """What it is for the task: what was said, else the recipe's value, else the default."""
    meaning: str
    reason: str = ""
    """Why the recipe has this value; empty where it has none, or does not say."""
    of_recipe: bool = False
    """Whether the value is the recipe's."""
    commands: tuple[str, ...] = BOTH
    """Which commands use it."""


def settings_of(arguments: Sequence[str] = ()) -> list[Setting]:
    """The settings of a training and a comparison, in the order of groups, and those of a benchmark, which
    knows no task.

    With `task=NAME` among the arguments also those of the task, and the recipe's values with their reasons;
    `recipe=`, `optimizer=`, `objective=` and `mechanism=` choose the parts whose options are listed. Raises
    `InvalidOption` or `UnknownName`.
    """
    overrides = settled(map(parsed, arguments))
    task, variant = only_name(overrides, "task"), only_name(overrides, "recipe")
    if task is None:
        return list(_without_task(overrides))
    resolved = resolve(arguments)
    values: Mapping[str, Any] = {**resolved.values, "": resolved.values}
    why = {key: reason for each in reasons(task, variant) for key, reason in each.of.items()}
    given = {**resolved.recipe, "": resolved.recipe.get("comparison", {})}
    listed = [
        *_options("task", TASKS, task),
        *_mechanisms(resolved.mechanisms),
        *_fields("model", ModelSettings),
        *(each for part in PARTS for each in _options(part, PARTS[part][0], resolved.parts[part])),
        *_fields("training", TrainingSettings),
        *_of_comparison(resolved.parts["optimizer"]),
    ]
    return [_in_recipe(each, values, given, why) for each in listed]


def _without_task(overrides: Sequence[Override]) -> Iterator[Setting]:
    """The settings that every task has, with their defaults."""
    for each in overrides:
        if each.key_or_group not in PARTS:
            raise InvalidOption(f"'{each.input_line}' needs a task: regard settings TASK {each.input_line}.")
    chosen = {part: only_name(overrides, part) or usual for part, (_, usual) in PARTS.items()}
    yield from _fields("model", ModelSettings)
    for part, (catalog, _) in PARTS.items():
        yield from _options(part, catalog, chosen[part])
    yield from _fields("training", TrainingSettings)
    yield from _of_comparison(chosen["optimizer"])
    yield from _of_benchmarks()


def _in_recipe(
    setting: Setting, values: Mapping[str, Any], given: Mapping[str, Any], why: Mapping[str, str]
) -> Setting:
    """The setting with the value that it has beside all others, and why."""
    group, _, name = setting.key.rpartition(".")
    value = values.get(group, {}).get(name, setting.value)
    if setting.key == "grid" and value is None:
        value = setting.default
    of_recipe = name in given.get(group, {}) and given[group][name] == value
    reason = why.get(setting.key, "") if of_recipe else ""
    return dataclasses.replace(setting, value=value, of_recipe=of_recipe, reason=reason)


def parts_of() -> list[tuple[str, str]]:
    """The keys that choose a part, each with what it chooses."""
    return [
        ("task", "What is to be learned: `regard task` lists the tasks."),
        ("recipe", "A variant of the task's recipe: `regard task NAME` lists them."),
        (
            "mechanism",
            "How positions are mixed: `regard mechanisms` lists them; several with commas, or all.",
        ),
        *((part, f"One of {', '.join(catalog.names())}.") for part, (catalog, _) in PARTS.items()),
    ]


def _fields(group: str, kind: type) -> Iterator[Setting]:
    meanings, hints = field_meanings(kind), get_type_hints(kind)
    for field in dataclasses.fields(kind):
        yield _setting(f"{group}.{field.name}", hints[field.name], field.default, meanings[field.name])


def _options(group: str, catalog: Catalog, name: str) -> Iterator[Setting]:
    part = catalog.find(name)
    for option in catalog.options(name).values():
        default = None if option.required else option.default
        yield _setting(
            f"{group}.{option.name}", option.annotation, default, option_meaning(part, option.name)
        )


def _mechanisms(overrides: Sequence[Override]) -> Iterator[Setting]:
    said = said_options(overrides) if overrides else {}
    called = user_file.distinct(said)
    for name, options in said.items():
        group = "mechanism" if len(said) == 1 else f"mechanism.{called[name]}"
        for each in _options(group, MECHANISMS, name):
            values = options.get(each.key.rpartition(".")[2], [each.default])
            yield dataclasses.replace(each, value=values[0] if len(values) == 1 else values)


def _of_comparison(optimizer: str) -> Iterator[Setting]:
    meanings, hints = field_meanings(Comparison), get_type_hints(Comparison)
    for name, default in COMPARISON.items():
        usual = PARTS["optimizer"][0].find(optimizer).tuned.grid if name == "grid" else default
        made = _setting(name, hints[name], usual, meanings[name])
        yield dataclasses.replace(made, commands=("compare",))


def _of_benchmarks() -> Iterator[Setting]:
    meanings, hints = field_meanings(Benchmark), get_type_hints(Benchmark)
    defaults = {field.name: field.default for field in dataclasses.fields(Benchmark)}
    for name in settings_of_benchmarks():
        made = _setting(name, hints[name], defaults[name], meanings[name])
        yield dataclasses.replace(made, commands=("bench",))


def _setting(key: str, annotation: Any, default: Any, meaning: str) -> Setting:
    choices = get_args(annotation) if get_origin(annotation) is Literal else ()
    kind = ", ".join(map(str, choices)) or type_name(annotation)
    return Setting(key=key, kind=kind, default=default, value=default, meaning=meaning)
