"""From overrides such as `proxies=recall evaluations=100` to the description of a search."""

from collections.abc import Mapping, Sequence
from typing import Any, get_type_hints

from regard.configuration.configuration import configure
from regard.configuration.overrides import parsed, settled, values_of
from regard.configuration.presets import without_replaced
from regard.core.errors import InvalidOption, nearest
from regard.core.run import Run
from regard.core.spec import Spec
from regard.presets import preset
from regard.search.settings import SearchSettings
from regard.search.spaces import SPACES
from regard.search.strategies import STRATEGIES

PARTS = {"space": (SPACES, "graphs"), "strategy": (STRATEGIES, "nsga2")}
LISTS = ("objectives", "proxies")


def configure_search(arguments: Sequence[str]) -> SearchSettings:
    """The search that overrides describe, upon the preset that `+preset=NAME` names.

    A proxy is `TASK` or `TASK.VARIANT`: the recipe of a task, or a variant. Options of the space and of the
    strategy are `space.OPTION` and `strategy.OPTION`. Raises `InvalidOption` or `UnknownName`.
    """
    chosen = [each.partition("=")[2] for each in arguments if each.startswith("+preset=")]
    if len(chosen) > 1:
        raise InvalidOption(f"+preset is given twice: {' and '.join(chosen)}. Leave one out.")
    said = _said([each for each in arguments if not each.startswith("+preset=")])
    values = {**without_replaced(preset(chosen[0]) if chosen else {}, said), **said}
    parts = {name: _part(name, values) for name in PARTS}
    _refuse_unknown(values)
    proxies = tuple(_proxy(name) for name in values.pop("proxies", ["recall.proxy"]))
    limits = tuple(sorted((name, float(bound)) for name, bound in values.pop("limits", {}).items()))
    if "objectives" in values:
        values["objectives"] = tuple(values["objectives"])
    return SearchSettings(**{**values, **parts}, proxies=proxies, limits=limits)


def _said(arguments: Sequence[str]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for each in settled(map(parsed, arguments)):
        given = values_of(each)
        if each.key_or_group in LISTS:
            values[each.key_or_group] = given[0] if isinstance(given[0], list) else given
        elif len(given) == 1:
            values[each.key_or_group] = given[0]
        else:
            raise InvalidOption(f"{each.key_or_group} was given {len(given)} values, but takes one.")
    return values


def _part(part: str, values: dict[str, Any]) -> Spec:
    """A part by name, with the options that are said; they are taken out of the values."""
    catalog, usual = PARTS[part]
    name = str(values.pop(part, usual))
    keys = [key for key in values if key.startswith(f"{part}.")]
    options = {key.removeprefix(f"{part}."): values.pop(key) for key in keys}
    return catalog.complete(Spec.of(name, options))


def _refuse_unknown(values: Mapping[str, Any]) -> None:
    known = get_type_hints(SearchSettings)
    for key in values:
        if key not in known:
            raise InvalidOption(f"`regard search` has no setting '{key}'. {nearest(key, known)}")


def _proxy(name: str) -> Run:
    task, _, variant = str(name).partition(".")
    recipe = [f"recipe={variant}"] if variant else []
    return configure([f"task={task}", "mechanism=softmax", *recipe]).run(seed=0)
