"""Which mechanisms the command line chooses, with which options.

mechanism=softmax,linear                         two models
mechanism=[softmax,linear]                       one model with a mechanism per layer
mechanism=all                                    a model for each of the catalog
mechanism=linformer mechanism.rank=8             an option of the only mechanism
mechanism=softmax,linformer mechanism.linformer.rank=8,16    an option among several, swept
"""

import itertools
from collections.abc import Iterable, Mapping
from typing import Any

from hydra.core.override_parser.types import Override

from regard.cli.overrides import values_of
from regard.core import user_file
from regard.core.errors import InvalidOption, nearest
from regard.core.spec import Spec
from regard.mechanisms import MECHANISMS

Names = tuple[str, ...]
Layers = tuple[Spec, ...]
"""One mechanism for all layers, or one per layer."""

Options = Mapping[str, Mapping[str, list[Any]]]
"""Values of each option of each mechanism, by its name."""


def chosen_mechanisms(overrides: Iterable[Override]) -> tuple[Layers, ...]:
    """For each model to build, its complete mechanisms. Softmax, if nothing is chosen."""
    overrides = list(overrides)
    entries = _entries(overrides)
    options = _options(overrides, list(dict.fromkeys(name for entry in entries for name in entry)))
    return tuple(dict.fromkeys(layers for entry in entries for layers in _variants(entry, options)))


def speaks_of_mechanisms(override: Override) -> bool:
    """Whether an override chooses a mechanism or sets an option of one."""
    return override.key_or_group.partition(".")[0] == "mechanism"


def _entries(overrides: list[Override]) -> list[Names]:
    given = [value for each in overrides if each.key_or_group == "mechanism" for value in values_of(each)]
    entries = [tuple(map(str, value)) if isinstance(value, list) else (str(value),) for value in given]
    every = [(name,) for name in MECHANISMS.names()]
    expanded = [one for entry in entries for one in (every if entry == ("all",) else [entry])]
    return list(dict.fromkeys(expanded)) or [("softmax",)]


def _options(overrides: list[Override], names: list[str]) -> Options:
    options: dict[str, dict[str, list[Any]]] = {name: {} for name in names}
    called = {user_file.short(name): name for name in names}
    for override in overrides:
        _, _, path = override.key_or_group.partition(".")
        if not path:
            continue
        name, _, option = path.rpartition(".")
        if not name and len(called) == 1:
            name = next(iter(called))
        if name not in called:
            message = (
                f"'{override.key_or_group}' is no option of a chosen mechanism. With several mechanisms "
                f"write mechanism.NAME.OPTION=VALUE. {nearest(name or option, called)}"
            )
            raise InvalidOption(message)
        options[called[name]][option] = values_of(override)
    return options


def _variants(names: Names, options: Options) -> Iterable[Layers]:
    """One entry per combination of swept options."""
    return itertools.product(*[_specs(name, options[name]) for name in names])


def _specs(name: str, options: Mapping[str, list[Any]]) -> list[Spec]:
    combinations = itertools.product(*options.values())
    return [
        MECHANISMS.complete(Spec.of(name, dict(zip(options, values, strict=True)))) for values in combinations
    ]
