"""From overrides such as `task=digits mechanism.rank=16` to descriptions, by Hydra's compose API.

The configuration of a task is its recipe, `recipes/NAME.yaml`, or the variant that `recipe=VARIANT` names,
completed by the defaults of the settings and of the chosen parts. Every key that can be overridden
therefore exists beforehand, and an unknown one is an error with the nearest name.
"""

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hydra import compose, initialize
from hydra.core.config_store import ConfigStore
from hydra.core.override_parser.types import Override
from hydra.errors import HydraException
from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException

from regard.cli.choice import Layers, chosen_mechanisms, speaks_of_mechanisms
from regard.cli.overrides import check_key, only_value, parsed
from regard.core.catalog import Catalog
from regard.core.errors import InvalidOption, nearest
from regard.core.run import Run
from regard.core.settings import RATES, ModelSettings, TrainingSettings, settings
from regard.core.spec import Spec
from regard.optimizers import OPTIMIZERS
from regard.recipes import recipe
from regard.tasks import TASKS

COMPARISON: Mapping[str, Any] = {
    "rates": list(RATES),
    "seeds": 5,
    "baseline": "softmax",
    "margin": 0.01,
}
"""Keys of `regard compare` and their defaults, which a recipe may replace: all but the rates, which are one
grid for all tasks and mechanisms."""


@dataclass(frozen=True)
class Configuration:
    """What the command line describes: a run without its seed, and the mechanisms to try."""

    task: Spec
    mechanisms: tuple[Layers, ...]
    model: ModelSettings
    optimizer: Spec
    training: TrainingSettings
    comparison: dict[str, Any]
    """The values of the keys of `COMPARISON`."""
    whole_catalog: bool
    """Whether `mechanism=all` was said: then what cannot take part is left out instead of refused."""

    def run(self, seed: int) -> Run:
        """The one run described. Raises `InvalidOption` if several mechanisms are."""
        if len(self.mechanisms) != 1:
            message = (
                f"`regard train` trains one mechanism, not {len(self.mechanisms)}. "
                f"Use `regard compare`, or mechanism=[A,B] for one mechanism per layer."
            )
            raise InvalidOption(message)
        return Run(
            task=self.task,
            mechanisms=self.mechanisms[0],
            model=self.model,
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
        if each.key_or_group not in ("task", "recipe") and not speaks_of_mechanisms(each)
    ]
    values = _composed(_tree(str(task), only_value(overrides, "recipe")), others)
    optimizer = values["optimizer"].pop("name")
    return Configuration(
        task=TASKS.complete(Spec.of(str(task), values["task"])),
        mechanisms=mechanisms,
        model=settings(ModelSettings, values["model"]),
        optimizer=OPTIMIZERS.complete(Spec.of(optimizer, values["optimizer"])),
        training=settings(TrainingSettings, values["training"]),
        comparison={key: values[key] for key in COMPARISON},
        whole_catalog="mechanism=all" in arguments,
    )


def _tree(task: str, variant: str | None) -> dict[str, Any]:
    """Every key that can be overridden, with its value if it is not."""
    chosen = recipe(task, variant)
    optimizer = chosen.get("optimizer", {"name": "adamw"})
    return {
        "task": _defaults(TASKS, task) | chosen.get("task", {}),
        "model": dataclasses.asdict(ModelSettings()) | chosen.get("model", {}),
        "optimizer": _defaults(OPTIMIZERS, optimizer["name"]) | optimizer,
        "training": dataclasses.asdict(TrainingSettings()) | chosen.get("training", {}),
        **(dict(COMPARISON) | chosen.get("comparison", {})),
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
