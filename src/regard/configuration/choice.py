"""Which mechanisms are chosen, with which options.

mechanism=softmax,linear                         two models
mechanism=[softmax,linear]                       one model with a mechanism per layer
mechanism=all                                    a model for each of the catalog
mechanism=linformer mechanism.rank=8             an option of the only mechanism
mechanism=softmax,linformer mechanism.linformer.rank=8,16    an option among several, swept
mechanism=a/m.py:Mine,b/m.py:Mine mechanism.a.m.Mine.gain=2  one of two with the same name
mechanism=bert                                   another name: it is softmax, and a line says so
"""

import itertools
import logging
from collections.abc import Iterable, Mapping
from typing import Any

from hydra.core.override_parser.types import Override

from regard.configuration.overrides import values_of
from regard.core import user_file
from regard.core.errors import InvalidOption, nearest
from regard.core.spec import Spec
from regard.mechanisms import MECHANISMS, alias_note, meant_by

ALL = "all"

Names = tuple[str, ...]
Layers = tuple[Spec, ...]
"""One mechanism for all layers, or one per layer."""

Options = Mapping[str, Mapping[str, list[Any]]]
"""Values of each option of each mechanism, by its name."""


def chosen_mechanisms(overrides: Iterable[Override]) -> tuple[Layers, ...]:
    """For each model to build, its complete mechanisms. Softmax, if nothing is chosen."""
    overrides = list(overrides)
    entries = _entries(overrides)
    options = said_options(overrides)
    for name in dict.fromkeys(itertools.chain(*_said(overrides))):
        if note := alias_note(name):
            logging.getLogger(__name__).info(note)
    return tuple(dict.fromkeys(layers for entry in entries for layers in _variants(entry, options)))


def said_options(overrides: Iterable[Override]) -> Options:
    """Every chosen mechanism with the values of its options that are said."""
    overrides = list(overrides)
    return _options(overrides, list(dict.fromkeys(name for entry in _entries(overrides) for name in entry)))


def completed(choices: Iterable[Layers]) -> tuple[Layers, ...]:
    """The same mechanisms with every option said."""
    return tuple(tuple(MECHANISMS.complete(spec) for spec in layers) for layers in choices)


def speaks_of_mechanisms(override: Override) -> bool:
    """Whether an override chooses a mechanism or sets an option of one."""
    return override.key_or_group.partition(".")[0] == "mechanism"


def chooses_all(overrides: Iterable[Override]) -> bool:
    """Whether the whole catalog is chosen, alone or among others."""
    return any(names == (ALL,) for names in _given(overrides))


def _said(overrides: Iterable[Override]) -> list[Names]:
    """The names as they are said."""
    values = [value for each in overrides if each.key_or_group == "mechanism" for value in values_of(each)]
    return [tuple(map(str, value)) if isinstance(value, list) else (str(value),) for value in values]


def _given(overrides: Iterable[Override]) -> list[Names]:
    spellings: dict[str, str] = {}

    def called(name: str) -> str:
        # of two spellings of one path the first one counts
        return spellings.setdefault(user_file.names_of(name)[-1], meant_by(name))

    return [tuple(map(called, names)) for names in _said(overrides)]


def _entries(overrides: list[Override]) -> list[Names]:
    every = [(name,) for name in MECHANISMS.names()]
    expanded = [one for names in _given(overrides) for one in (every if names == (ALL,) else [names])]
    return list(dict.fromkeys(expanded)) or [("softmax",)]


def _options(overrides: list[Override], names: list[str]) -> Options:
    options: dict[str, dict[str, list[Any]]] = {name: {} for name in names}
    for override in overrides:
        _, _, path = override.key_or_group.partition(".")
        if not path:
            continue
        called, _, option = path.rpartition(".")
        name = names[0] if not called and len(names) == 1 else _meant(override.key_or_group, called, names)
        if option in options[name]:
            raise InvalidOption(f"{override.key_or_group} is given twice, once without the mechanism's name.")
        options[name][option] = values_of(override)
    return options


def _meant(key: str, called: str, names: list[str]) -> str:
    """The one mechanism that is called so. Raises `InvalidOption` if there is none, or several."""
    known = user_file.distinct(names)
    meant = [name for name in names if meant_by(called) in user_file.names_of(name)]
    if not meant:
        message = f"'{key}' is no option of a chosen mechanism. With several mechanisms write"
        near = nearest(called or key.rpartition(".")[2], known.values())
        raise InvalidOption(f"{message} mechanism.NAME.OPTION=VALUE. {near}")
    if len(meant) > 1:
        option = key.rpartition(".")[2]
        ways = " and ".join(f"mechanism.{known[name]}.{option} for {name}" for name in meant)
        raise InvalidOption(f"'{called}' is the name of {len(meant)} chosen mechanisms. Write {ways}.")
    return meant[0]


def _variants(names: Names, options: Options) -> Iterable[Layers]:
    """One entry per combination of swept options."""
    return itertools.product(*[_specs(name, options[name]) for name in names])


def _specs(name: str, options: Mapping[str, list[Any]]) -> list[Spec]:
    combinations = itertools.product(*options.values())
    return [
        MECHANISMS.complete(Spec.of(name, dict(zip(options, values, strict=True)))) for values in combinations
    ]
