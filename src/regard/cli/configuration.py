"""From overrides such as `task=digits mechanism.rank=16` to descriptions, by Hydra's compose API.

The configuration of a task is its recipe, `recipes/NAME.yaml`, or the variant that `recipe=VARIANT` names,
completed by the defaults of the settings and of the chosen parts. Every key that can be overridden
therefore exists beforehand, and an unknown one is an error with the nearest name.
"""

import dataclasses
import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, final

from hydra import compose, initialize
from hydra.core.config_store import ConfigStore
from hydra.core.override_parser.types import Override
from hydra.errors import HydraException
from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException

from regard.cli.choice import Layers, chosen_mechanisms, speaks_of_mechanisms
from regard.cli.overrides import check_key, only_value, parsed
from regard.cli.sweep import first_of, own_settings
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
    "grid": None,
    "seeds": 5,
    "baseline": "",
    "margin": 0.01,
}
"""Keys of `regard compare` and their defaults, which a recipe may replace. The grid, unless it is said, is
that of the optimizer: one for all tasks and mechanisms. The baseline is softmax or, without it, the first
entry."""

PARTS: Mapping[str, tuple[Catalog, str]] = {
    "objective": (OBJECTIVES, "cross_entropy"),
    "optimizer": (OPTIMIZERS, "adamw"),
}
"""Parts that are chosen by `objective=NAME` and `optimizer=NAME`, and those that are taken unless a recipe
says otherwise."""


@final
@dataclass(frozen=True)
class Configuration:
    """What the command line describes: a run without its seed, and the mechanisms and models to try."""

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
    """Whether `mechanism=all` was said: then what cannot take part is left out instead of refused."""

    def run(self, seed: int) -> Run:
        """The one run described. Raises `InvalidOption` if several are."""
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


def configure(arguments: Sequence[str]) -> Configuration:
    """The configuration that overrides describe. Raises `InvalidOption` or `UnknownName`."""
    overrides = [parsed(argument) for argument in arguments]
    task = only_value(overrides, "task")
    if task is None:
        raise InvalidOption(f"Say which task: task=NAME. {nearest('', TASKS.names())}")
    mechanisms = chosen_mechanisms(filter(speaks_of_mechanisms, overrides))
    others = [
        each
        for each in overrides
        if each.key_or_group not in ("task", "recipe", *PARTS) and not speaks_of_mechanisms(each)
    ]
    given = recipe(str(task), only_value(overrides, "recipe"))
    chosen = {part: _chosen(part, only_value(overrides, part), given.get(part, {})) for part in PARTS}
    values = _composed(_tree(str(task), given, chosen), first_of(others))
    model = settings(ModelSettings, values["model"])
    parts = {
        part: catalog.complete(Spec.of(chosen[part].name, values[part]))
        for part, (catalog, _) in PARTS.items()
    }
    comparison = {key: values[key] for key in COMPARISON}
    if comparison["grid"] is None:
        comparison["grid"] = list(OPTIMIZERS.find(parts["optimizer"].name).tuned.grid)
    return Configuration(
        task=TASKS.complete(Spec.of(str(task), values["task"])),
        entries=_entries(mechanisms, own_settings(others), model),
        model=model,
        **parts,
        training=settings(TrainingSettings, values["training"]),
        comparison=comparison,
        whole_catalog="mechanism=all" in arguments,
    )


def _entries(
    mechanisms: Iterable[Layers], own: Iterable[Mapping[str, Any]], model: ModelSettings
) -> tuple[Entry, ...]:
    """Every choice of mechanisms with every choice of settings, each once."""
    pairs = itertools.product(mechanisms, own)
    return tuple(dict.fromkeys(Entry.of(layers, settings).beside(model) for layers, settings in pairs))


def _chosen(part: str, name: str | None, of_recipe: Mapping[str, Any]) -> Spec:
    """The objective or optimizer that is taken, with the recipe's options. Those belong to the recipe's part:
    where another one is chosen, they say nothing.
    """
    usual = {"name": PARTS[part][1], **of_recipe}
    named = usual.pop("name")
    return Spec.of(named, usual) if name in (None, named) else Spec(str(name))


def _tree(task: str, given: Mapping[str, Any], parts: Mapping[str, Spec]) -> dict[str, Any]:
    """Every key that can be overridden, with its value if it is not."""
    return {
        "task": _defaults(TASKS, task) | given.get("task", {}),
        "model": dataclasses.asdict(ModelSettings()) | given.get("model", {}),
        **{part: _defaults(PARTS[part][0], spec.name) | spec.settings for part, spec in parts.items()},
        "training": dataclasses.asdict(TrainingSettings()) | given.get("training", {}),
        **(dict(COMPARISON) | given.get("comparison", {})),
    }


def _defaults(catalog: Catalog, name: str) -> dict[str, Any]:
    return {key: None if o.required else o.default for key, o in catalog.options(name).items()}


def _composed(tree: dict[str, Any], overrides: Iterable[Override]) -> dict[str, Any]:
    """The tree with the overrides applied by Hydra."""
    overrides = list(overrides)
    for override in overrides:
        check_key(override, tree)
    ConfigStore.instance().store("regard", tree)
    try:
        with initialize(version_base="1.3", config_path=None):
            return _plain(compose("regard", [each.input_line or "" for each in overrides]))
    except (HydraException, OmegaConfBaseException) as error:
        raise InvalidOption(str(error).splitlines()[0]) from error


def _plain(config: Any) -> dict[str, Any]:
    container = OmegaConf.to_container(config, resolve=True)
    assert isinstance(container, dict)
    return {str(key): value for key, value in container.items()}
