"""The value of every key: what was said, upon the recipe of the task, upon the defaults.

The overrides are applied by Hydra's compose API. Every key that can be overridden exists beforehand, and an
unknown one is an error with the nearest names.
"""

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, final

from hydra import compose, initialize
from hydra.core.config_store import ConfigStore
from hydra.core.override_parser.types import Override
from hydra.errors import HydraException
from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException

from regard.comparison import Comparison
from regard.configuration.choice import speaks_of_mechanisms
from regard.configuration.overrides import only_name, parsed, settled
from regard.configuration.presets import with_presets
from regard.configuration.sweep import first_of
from regard.configuration.unknown import check_key
from regard.core.catalog import Catalog
from regard.core.errors import InvalidOption, nearest
from regard.core.settings import ModelSettings, TrainingSettings
from regard.core.spec import Spec
from regard.objectives import OBJECTIVES
from regard.optimizers import OPTIMIZERS
from regard.recipes import recipe
from regard.tasks import TASKS

COMPARISON: Mapping[str, Any] = {
    field.name: field.default
    for field in dataclasses.fields(Comparison)
    if field.name in ("grid", "seeds", "baseline", "margin", "level")
} | {"grid": None}
"""Keys of `regard compare` and their defaults, which a recipe may replace. The grid, unless it is said, is
that of the optimizer: one for all tasks and mechanisms."""

PARTS: Mapping[str, tuple[Catalog, str]] = {
    "objective": (OBJECTIVES, "cross_entropy"),
    "optimizer": (OPTIMIZERS, "adamw"),
}
"""Parts that are chosen by `objective=NAME` and `optimizer=NAME`, and those that are taken unless a recipe
says otherwise."""


@final
@dataclass(frozen=True)
class Resolved:
    """The values of all keys, before any of them is judged."""

    task: str
    overrides: tuple[Override, ...]
    recipe: Mapping[str, Any]
    parts: Mapping[str, str]
    """The names of the chosen objective and optimizer."""
    values: Mapping[str, Any]
    """By group and key: what was said, else the recipe's value, else the default."""

    @property
    def mechanisms(self) -> list[Override]:
        """The overrides that choose mechanisms or set their options."""
        return [each for each in self.overrides if speaks_of_mechanisms(each)]

    @property
    def others(self) -> list[Override]:
        """The overrides of single settings."""
        parts = ("task", "recipe", *PARTS)
        return [e for e in self.overrides if e.key_or_group not in parts and not speaks_of_mechanisms(e)]


def resolve(arguments: Sequence[str]) -> Resolved:
    """What overrides say, upon the recipe of their task. Raises `InvalidOption` or `UnknownName`."""
    overrides = tuple(settled(map(parsed, with_presets(arguments))))
    task = only_name(overrides, "task")
    if task is None:
        raise InvalidOption(f"Say which task: task=NAME. {nearest('', TASKS.names())}")
    given = recipe(task, only_name(overrides, "recipe"))
    named = {part: _chosen(part, only_name(overrides, part), given.get(part, {})) for part in PARTS}
    parts = {part: spec.name for part, spec in named.items()}
    empty = Resolved(task, overrides, given, parts, {})
    tree = tree_of(task, given, named)
    return replace(empty, values=_composed(tree, first_of(empty.others), parts["optimizer"]))


def tree_of(task: str, given: Mapping[str, Any], parts: Mapping[str, Spec]) -> dict[str, Any]:
    """Every key that can be overridden, with its value if it is not: the recipe's, or the default."""
    return {
        "task": _defaults(TASKS, task) | given.get("task", {}),
        "model": dataclasses.asdict(ModelSettings()) | given.get("model", {}),
        **{part: _defaults(PARTS[part][0], spec.name) | spec.settings for part, spec in parts.items()},
        "training": dataclasses.asdict(TrainingSettings()) | given.get("training", {}),
        **(dict(COMPARISON) | given.get("comparison", {})),
    }


def _chosen(part: str, name: str | None, of_recipe: Mapping[str, Any]) -> Spec:
    """The objective or optimizer that is taken, with the recipe's options. Those belong to the recipe's part:
    where another one is chosen, they say nothing.
    """
    usual = {"name": PARTS[part][1], **of_recipe}
    named = usual.pop("name")
    return Spec.of(named, usual) if name in (None, named) else Spec(name)


def _defaults(catalog: Catalog, name: str) -> dict[str, Any]:
    return {key: None if o.required else o.default for key, o in catalog.options(name).items()}


def _composed(tree: dict[str, Any], overrides: Iterable[Override], optimizer: str) -> dict[str, Any]:
    """The tree with the overrides applied by Hydra."""
    overrides = list(overrides)
    tuned = OPTIMIZERS.find(optimizer).tuned.option
    for override in overrides:
        check_key(override, tree, tuned)
    ConfigStore.instance().store("regard", tree)
    try:
        with initialize(version_base="1.3", config_path=None):
            return _plain(compose("regard", [each.input_line or "" for each in overrides]))
    except (HydraException, OmegaConfBaseException) as error:
        raise InvalidOption(str(error).splitlines()[0]) from error


def _plain(config: Any) -> dict[str, Any]:
    # unresolved: `${` in a text is no reference to another setting
    container = OmegaConf.to_container(config, resolve=False)
    assert isinstance(container, dict)
    return {str(key): value for key, value in container.items()}
