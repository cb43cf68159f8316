"""The settings of a command in Python, as the arguments of the command line."""

from collections.abc import Iterator, Mapping
from typing import Any

from regard.configuration import Configuration, configure
from regard.configuration.overrides import given
from regard.core.errors import InvalidOption
from regard.core.spec import Spec, Specified, spec_of

PARTS = ("task", "objective", "optimizer")
GROUPS = ("model", "training", *PARTS)


def configured(task: str | Spec | Specified, mechanism: Any, settings: Mapping[str, Any]) -> Configuration:
    """The configuration that keywords describe. Raises `InvalidOption` or `UnknownName`.

    A group of settings is a mapping (`model={"layers": 2}`), a part with options a `Spec`, and any key may be
    said as on the command line (`**{"mechanism.rank": 8}`). Where the command line takes several values with
    commas between them, a list holds them; one mechanism per layer is a tuple.
    """
    task = task if isinstance(task, str) else spec_of(task)
    keys, specs = mechanisms_said(mechanism, {"task": task, **settings})
    several = [key for key in keys if key.partition(".")[0] in ("mechanism", "model")]
    return configure(given(keys, several), specs)


def mechanisms_said(
    mechanism: Any, settings: Mapping[str, Any]
) -> tuple[dict[str, Any], list[tuple[Spec, ...]] | None]:
    """The keys of the command line for settings and mechanisms; mechanisms of which one is a `Spec` are given
    beside them. Raises `InvalidOption`.
    """
    keys = dict(_flat(settings))
    choices = mechanism if isinstance(mechanism, list) else [mechanism]
    specs = None
    if any(isinstance(one, Spec) for choice in choices for one in _layers(choice)):
        if options := [key for key in keys if key.startswith("mechanism.")]:
            raise InvalidOption(
                f"{options[0]} is given beside a Spec. Give the options of all in their Specs."
            )
        specs = [tuple(one if isinstance(one, Spec) else Spec(one) for one in _layers(c)) for c in choices]
    else:
        keys["mechanism"] = [list(choice) if isinstance(choice, tuple) else choice for choice in choices]
    return keys, specs


def _layers(choice: Any) -> tuple[str | Spec, ...]:
    """The mechanisms of one model. Raises `InvalidOption` for what names none."""
    layers = choice if isinstance(choice, tuple) else (choice,)
    for one in layers:
        if not isinstance(one, str | Spec):
            expected = "a name, 'path/to/file.py:ClassName' or a Spec"
            raise InvalidOption(
                f"A mechanism is {expected}, and one for each layer a tuple; not {one!r:.60}."
            )
    return layers


def _flat(settings: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for key, value in settings.items():
        if isinstance(value, Spec):
            if key not in PARTS:
                raise InvalidOption(f"{key} is no part with options, and takes no Spec.")
            yield key, value.name
            yield from ((f"{key}.{name}", option) for name, option in value.options)
        elif isinstance(value, Mapping):
            yield from ((f"{key}.{name}", option) for name, option in value.items())
        else:
            yield key, value
