"""From overrides such as `task=digits mechanism.rank=16` to complete descriptions.

The configuration of a task is its recipe, `recipes/NAME.yaml`, or the variant that `recipe=VARIANT` names,
completed by the defaults of the settings and of the chosen parts (`resolved.py`).
"""

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, final

from regard.comparison import Comparison
from regard.configuration.choice import Layers, chooses_all, chosen_mechanisms, completed
from regard.configuration.idle import refuse_idle
from regard.configuration.overrides import MOST
from regard.configuration.presets import said_keys
from regard.configuration.resolved import COMPARISON, PARTS, resolve
from regard.configuration.sweep import own_settings
from regard.core.entry import Entry
from regard.core.errors import InvalidOption
from regard.core.run import Run
from regard.core.settings import ModelSettings, TrainingSettings, settings
from regard.core.spec import Spec
from regard.optimizers import OPTIMIZERS
from regard.tasks import TASKS


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
        self._refuse_keys_of_comparisons()
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

    def _refuse_keys_of_comparisons(self) -> None:
        unused = sorted(self.said & COMPARISON.keys())
        remedies = {
            "seeds": "Give --seeds N to train one model from several seeds.",
            "grid": f"Set optimizer.{self.tuned}=VALUE.",
        }
        if unused:
            message = f"`regard train` does not use {' and '.join(unused)}: `regard compare` does."
            raise InvalidOption(f"{message} {remedies.get(unused[0], 'Leave it out.')}")

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
    said = said_keys(arguments)
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


def _entries(
    mechanisms: Iterable[Layers], own: Iterable[Mapping[str, Any]], model: ModelSettings
) -> tuple[Entry, ...]:
    """Every choice of mechanisms with every choice of settings, each once."""
    pairs = list(itertools.islice(itertools.product(mechanisms, own), MOST + 1))
    if len(pairs) > MOST:
        raise InvalidOption(f"More than {MOST:,} models are described. Give fewer values of some setting.")
    return tuple(dict.fromkeys(Entry.of(layers, settings).beside(model) for layers, settings in pairs))
