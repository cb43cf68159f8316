"""The frozen description of one comparison. Its digest is its identity."""

import hashlib
import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Self, get_type_hints

from regard.core.catalog import fits
from regard.core.errors import InvalidOption, UnknownName, nearest
from regard.core.run import DIGEST_LENGTH, FORMAT, Run, refuse_format
from regard.core.settings import ModelSettings, TrainingSettings, described, settings
from regard.core.spec import Spec
from regard.mechanisms import label
from regard.optimization import Tuned
from regard.optimizers import OPTIMIZERS

Mechanisms = tuple[Spec, ...]
"""One mechanism for all layers, or one per layer."""

LEAST_SEEDS = 3


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Which mechanisms are compared, on what, and how sure one wants to be.

    All that differs between two runs is the mechanism, the optimizer's tuned setting and the seed. The
    order in which mechanisms and values are given says nothing: the baseline comes first, the others by
    label.
    """

    task: Spec
    mechanisms: tuple[Mechanisms, ...]
    baseline: str = "softmax"
    """The label of one of the mechanisms."""
    model: ModelSettings = field(default_factory=ModelSettings)
    objective: Spec = field(default_factory=lambda: Spec("cross_entropy"))
    optimizer: Spec = field(default_factory=lambda: Spec.of("adamw"))
    """Its tuned setting (`tuned`) is set by `grid`."""
    training: TrainingSettings = field(default_factory=TrainingSettings)
    grid: tuple[float, ...] = ()
    """Values of the tuned setting that every mechanism may choose from; none means those that the optimizer
    names."""
    seeds: int = 5
    """How many seeds there are, counted from the first."""
    first_seed: int = 0
    """Also the seed with which the values of the grid are tried. Its run at the chosen value is the first of
    the paired runs: nothing is trained twice. The choice sees validation data only, the verdict test data
    only, and every mechanism, the baseline too, chooses in the same way among as many values."""
    margin: float = 0.01
    """The largest difference of mean scores that does not matter."""
    level: float = 0.05
    """The probability of any false find among all mechanisms that is put up with."""

    def __post_init__(self) -> None:
        if self.grid == ():
            object.__setattr__(self, "grid", self._tuned.grid)
        self._check()
        ordered = sorted(self.mechanisms, key=lambda entry: (label(entry) != self.baseline, label(entry)))
        object.__setattr__(self, "mechanisms", tuple(ordered))
        object.__setattr__(self, "grid", tuple(sorted(float(value) for value in self.grid)))
        others = {name: value for name, value in self.optimizer.options if name != self.tuned}
        object.__setattr__(self, "optimizer", Spec.of(self.optimizer.name, others))

    @property
    def tuned(self) -> str:
        """The option of the optimizer that is tuned, by the optimizer's own word."""
        return self._tuned.option

    @property
    def _tuned(self) -> Tuned:
        tuned: Tuned = OPTIMIZERS.find(self.optimizer.name).tuned
        return tuned

    @property
    def labels(self) -> list[str]:
        """What the mechanisms are called, the baseline first."""
        return [label(entry) for entry in self.mechanisms]

    @property
    def all_seeds(self) -> range:
        """The seeds of the paired runs."""
        return range(self.first_seed, self.first_seed + self.seeds)

    def run(self, mechanisms: Mechanisms, value: float, seed: int) -> Run:
        """The training of one mechanism at one value of the tuned setting from one seed."""
        return Run(
            task=self.task,
            mechanisms=mechanisms,
            model=self.model,
            objective=self.objective,
            optimizer=Spec.of(self.optimizer.name, {**self.optimizer.settings, self.tuned: value}),
            training=self.training,
            seed=seed,
        )

    @property
    def digest(self) -> str:
        """The identity of this comparison: the same for equal descriptions, on every machine."""
        text = json.dumps(self.to_json(), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()[:DIGEST_LENGTH]

    def to_json(self) -> dict[str, Any]:
        """A JSON object from which `from_json` makes an equal comparison."""
        return {
            "format": FORMAT,
            "task": self.task.to_json(),
            "mechanisms": [[spec.to_json() for spec in entry] for entry in self.mechanisms],
            "baseline": self.baseline,
            "model": described(self.model),
            "objective": self.objective.to_json(),
            "optimizer": self.optimizer.to_json(),
            "training": described(self.training),
            "grid": list(self.grid),
            "seeds": self.seeds,
            "first_seed": self.first_seed,
            "margin": self.margin,
            "level": self.level,
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """The comparison that `to_json` wrote. Raises `InvalidOption` for another format."""
        refuse_format(value)
        return cls(
            task=Spec.from_json(value["task"]),
            mechanisms=tuple(tuple(Spec.from_json(spec) for spec in entry) for entry in value["mechanisms"]),
            baseline=value["baseline"],
            model=settings(ModelSettings, value["model"]),
            objective=Spec.from_json(value["objective"]),
            optimizer=Spec.from_json(value["optimizer"]),
            training=settings(TrainingSettings, value["training"]),
            grid=tuple(value["grid"]),
            seeds=value["seeds"],
            first_seed=value["first_seed"],
            margin=value["margin"],
            level=value["level"],
        )

    def _check(self) -> None:
        for name, kind in get_type_hints(type(self)).items():
            if not fits(value := getattr(self, name), kind):
                shown = f"comparison.{name} cannot be {value!r} ({type(value).__name__})."
                remedy = "Write grid=[0.001,0.003]." if name == "grid" else "Give a value of its type."
                raise InvalidOption(f"{shown} {remedy}")
        labels = [label(entry) for entry in self.mechanisms]
        if self.baseline not in labels:
            message = f"The baseline '{self.baseline}' is not among the mechanisms."
            raise UnknownName(f"{message} {nearest(self.baseline, labels)}")
        _refuse_repeated("mechanism", labels)
        _refuse_repeated(self.tuned, self.grid)
        if len(labels) < 2:
            raise InvalidOption(f"A comparison needs a mechanism beside the baseline '{self.baseline}'.")
        if self.seeds < LEAST_SEEDS:
            message = (
                f"A comparison needs at least {LEAST_SEEDS} seeds, not {self.seeds}: fewer show no spread."
            )
            raise InvalidOption(message)
        if self.first_seed < 0:
            raise InvalidOption(f"first_seed must not be negative, and is {self.first_seed}.")
        if not self.grid or not all(0 < value < math.inf for value in self.grid):
            raise InvalidOption(f"grid must be one or more positive numbers, not {list(self.grid)}.")
        if not 0 < self.margin < 1:
            raise InvalidOption(f"margin must lie between 0 and 1, as scores do, and is {self.margin}.")
        if not 0 < self.level < 1:
            raise InvalidOption(f"level must lie between 0 and 1 and is {self.level}.")
        for entry in self.mechanisms:
            self.run(entry, self.grid[0], 0)  # refuses a number of mechanisms that is not that of layers


def _refuse_repeated(what: str, given: Iterable[object]) -> None:
    seen: set[object] = set()
    for each in given:
        if each in seen:
            raise InvalidOption(f"The {what} {each} is given twice. Give each once.")
        seen.add(each)
