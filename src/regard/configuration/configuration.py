"""From overrides such as `task=digits mechanism.rank=16` to descriptions, by Hydra's compose API.

The configuration of a task is its recipe, `recipes/NAME.yaml`, or the variant that `recipe=VARIANT` names,
completed by the defaults of the settings and of the chosen parts. Every key that can be overridden
therefore exists beforehand, and an unknown one is an error with the nearest names.
"""

import dataclasses
import itertools
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
from regard.configuration.choice import (
    Layers,
    chooses_all,
    chosen_mechanisms,
    completed,
    speaks_of_mechanisms,
)
from regard.configuration.idle import refuse_idle
from regard.configuration.overrides import MOST, only_value, parsed, refuse_repeated
from regard.configuration.sweep import first_of, own_settings
from regard.configuration.unknown import check_key
from regard.core.catalog import Catalog
from regard.core.entry import Entry
from regard.core.errors import InvalidOption, nearest
from regard.core.run import Run
from regard.core.settings import ModelSettings, TrainingSettings, settings
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
class Configuration:
    """What is described: a run without its seed, and the mechanisms and models to try."""

    task: Spec
    entries: tuple[Entry, ...]
    """Every mechanism with every combination of settings of the model."""
    model: ModelSettings
    """With the first value of each setting that has several."""
    objective: Spec
    optimizer: Spec
    training: TrainingSettings
    comparison: dict[str, Any]
    """The values of the keys of `COMPARISON`."""
    whole_catalog: bool
    """Whether `all` mechanisms are chosen: then what cannot take part is left out instead of refused."""
    said: frozenset[str]
    """The keys that were said, and do not come from the recipe or are defaults."""

    @property
    def tuned(self) -> str:
        """The option of the optimizer that a comparison tunes."""
        option: str = OPTIMIZERS.find(self.optimizer.name).tuned.option
        return option

    def run(self, seed: int) -> Run:
        """The one run described. Raises `InvalidOption` if several are, or for a key that no run has."""
        unused = sorted(self.said & COMPARISON.keys())
        if unused:
            remedies = {
                "seeds": "Give --seeds N to train one model from several seeds.",
                "grid": f"Set optimizer.{self.tuned}=VALUE.",
            }
            raise InvalidOption(
                f"`regard train` does not use {' and '.join(unused)}: `regard compare` does. "
                f"{remedies.get(unused[0], 'Leave it out.')}"
            )
        if len(self.entries) != 1:
            message = (
                f"`regard train` trains one model, not {len(self.entries)}: give one mechanism and one value "
                f"of each setting. Use `regard compare`, or mechanism=[A,B] for one mechanism per layer."
            )
            raise InvalidOption(message)
        return Run(
            task=self.task,
            mechanisms=self.entries[0].mechanisms,
            model=self.model,
            objective=self.objective,
            optimizer=self.optimizer,
            training=self.training,
            seed=seed,
        )

    def compared(self, entries: Iterable[Entry], first_seed: int) -> Comparison:
        """The comparison of entries that can take part. Raises `InvalidOption`, also for a key that no
        comparison has.
        """
        if f"optimizer.{self.tuned}" in self.said:
            raise InvalidOption(
                f"`regard compare` does not use optimizer.{self.tuned}: every mechanism chooses it from the "
                f"grid. Write grid=[VALUE]; `regard train` takes one value."
            )
        return Comparison(
            task=self.task,
            entries=tuple(entries),
            model=self.model,
            objective=self.objective,
            optimizer=self.optimizer,
            training=self.training,
            first_seed=first_seed,
            **self.comparison,
        )


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
    overrides = tuple(parsed(argument) for argument in arguments)
    refuse_repeated(overrides)
    task = only_value(overrides, "task")
    if task is None:
        raise InvalidOption(f"Say which task: task=NAME. {nearest('', TASKS.names())}")
    given = recipe(str(task), only_value(overrides, "recipe"))
    named = {part: _chosen(part, only_value(overrides, part), given.get(part, {})) for part in PARTS}
    parts = {part: spec.name for part, spec in named.items()}
    empty = Resolved(str(task), overrides, given, parts, {})
    tree = tree_of(str(task), given, named)
    return replace(empty, values=_composed(tree, first_of(empty.others), parts["optimizer"]))


def configure(arguments: Sequence[str], mechanisms: Iterable[Layers] | None = None) -> Configuration:
    """The configuration that overrides describe, with mechanisms that are given instead of named by them.

    Raises `InvalidOption` or `UnknownName`.
    """
    resolved = resolve(arguments)
    values = resolved.values
    model = settings(ModelSettings, values["model"])
    parts = {
        part: catalog.complete(Spec.of(resolved.parts[part], values[part]))
        for part, (catalog, _) in PARTS.items()
    }
    comparison = {key: values[key] for key in COMPARISON}
    if comparison["grid"] is None:
        comparison["grid"] = list(OPTIMIZERS.find(parts["optimizer"].name).tuned.grid)
    said = frozenset(each.key_or_group for each in resolved.overrides)
    task = TASKS.complete(Spec.of(resolved.task, values["task"]))
    refuse_idle(task, said)
    chosen = chosen_mechanisms(resolved.mechanisms) if mechanisms is None else completed(mechanisms)
    return Configuration(
        task=task,
        entries=_entries(chosen, own_settings(resolved.others), model),
        model=model,
        **parts,
        training=settings(TrainingSettings, values["training"]),
        comparison=comparison,
        whole_catalog=chooses_all(resolved.mechanisms),
        said=said,
    )


def tree_of(task: str, given: Mapping[str, Any], parts: Mapping[str, Spec]) -> dict[str, Any]:
    """Every key that can be overridden, with its value if it is not: the recipe's, or the default."""
    return {
        "task": _defaults(TASKS, task) | given.get("task", {}),
        "model": dataclasses.asdict(ModelSettings()) | given.get("model", {}),
        **{part: _defaults(PARTS[part][0], spec.name) | spec.settings for part, spec in parts.items()},
        "training": dataclasses.asdict(TrainingSettings()) | given.get("training", {}),
        **(dict(COMPARISON) | given.get("comparison", {})),
    }


def _entries(
    mechanisms: Iterable[Layers], own: Iterable[Mapping[str, Any]], model: ModelSettings
) -> tuple[Entry, ...]:
    """Every choice of mechanisms with every choice of settings, each once."""
    pairs = list(itertools.islice(itertools.product(mechanisms, own), MOST + 1))
    if len(pairs) > MOST:
        raise InvalidOption(f"More than {MOST:,} models are described. Give fewer values of some setting.")
    return tuple(dict.fromkeys(Entry.of(layers, settings).beside(model) for layers, settings in pairs))


def _chosen(part: str, name: str | None, of_recipe: Mapping[str, Any]) -> Spec:
    """The objective or optimizer that is taken, with the recipe's options. Those belong to the recipe's part:
    where another one is chosen, they say nothing.
    """
    usual = {"name": PARTS[part][1], **of_recipe}
    named = usual.pop("name")
    return Spec.of(named, usual) if name in (None, named) else Spec(str(name))


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
