"""The frozen description of one comparison. Its digest is its identity."""

import hashlib
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self, get_type_hints

from regard.comparison.labels import labels_of
from regard.comparison.seeds import checked_seeds, looks_of
from regard.core.entry import Entry
from regard.core.errors import InvalidOption, UnknownName, nearest
from regard.core.run import DIGEST_LENGTH, FORMAT, Run, refuse_format
from regard.core.settings import ModelSettings, TrainingSettings, described, settings
from regard.core.spec import Spec
from regard.core.values import fits, misfit, typed, unusable
from regard.optimization import Tuned
from regard.optimizers import OPTIMIZERS

MOST = 1000
"""Values of the grid: far more than anybody waits for."""

BOUNDED = ("grid", "margin", "level", "first_seed")
"""Numbers with bounds."""


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Which mechanisms or models are compared, on what, and how sure one wants to be.

    All that differs between two runs is the entry, that is, the mechanism and the settings of the model that
    the entry names, the optimizer's tuned setting and the seed. The order of entries and of values says
    nothing but which baseline is taken where none is named: the baseline comes first, the others by label.
    """

    task: Spec
    entries: tuple[Entry, ...]
    baseline: str = ""
    """The label of one of the entries; none means softmax, or the first where softmax takes no part."""
    model: ModelSettings = field(default_factory=ModelSettings)
    """Of every entry, but for the settings that it names itself."""
    objective: Spec = field(default_factory=lambda: Spec("cross_entropy"))
    optimizer: Spec = field(default_factory=lambda: Spec.of("adamw"))
    """Its tuned setting (`tuned`) is set by `grid`."""
    training: TrainingSettings = field(default_factory=TrainingSettings)
    grid: tuple[float, ...] = ()
    """Values of the tuned setting that every mechanism may choose from; none means those that the optimizer
    names."""
    seeds: int | str = 5
    """How many seeds there are, counted from the first: a number, or `auto:MAX` for as many as verdicts need,
    added in the looks of `measures.looks.SCHEDULE`. `auto` alone is `auto:20`."""
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
        object.__setattr__(self, "seeds", checked_seeds(self.seeds))
        self._check_types()
        object.__setattr__(self, "entries", tuple(untuned(e.beside(self.model)) for e in self.entries))
        if self.baseline == "":
            object.__setattr__(self, "baseline", _usual_baseline(self.labels))
        self._check()
        called = labels_of(self.entries)
        ordered = sorted(self.entries, key=lambda entry: (called[entry] != self.baseline, called[entry]))
        object.__setattr__(self, "entries", tuple(ordered))
        object.__setattr__(self, "grid", tuple(sorted(float(value) for value in self.grid)))
        object.__setattr__(self, "optimizer", _without_tuned(self.optimizer))

    @property
    def tuned(self) -> str:
        """The option of the optimizer that is tuned, by the optimizer's own word."""
        return self._tuned.option

    @property
    def _tuned(self) -> Tuned:
        return tuned_of(self.optimizer)

    def tuned_of(self, entry: Entry) -> str:
        """The option that an entry tunes."""
        return self.tuned if entry.optimizer is None else tuned_of(entry.optimizer).option

    def grid_of(self, entry: Entry) -> tuple[float, ...]:
        """The values that an entry tries, ascending: the comparison's, or its own optimizer's."""
        return self.grid if entry.optimizer is None else tuple(sorted(tuned_of(entry.optimizer).grid))

    @property
    def labels(self) -> list[str]:
        """What the entries are called, the baseline first."""
        called = labels_of(self.entries)
        return [called[entry] for entry in self.entries]

    def label_of(self, entry: Entry) -> str:
        """What one of the entries is called among all."""
        return labels_of(self.entries)[entry]

    @property
    def looks(self) -> tuple[int, ...]:
        """The numbers of seeds at which verdicts are taken: one, unless seeds are added as needed."""
        return looks_of(self.seeds)

    @property
    def all_seeds(self) -> range:
        """The seeds of the paired runs, as many as there are at most."""
        return range(self.first_seed, self.first_seed + self.looks[-1])

    def run(self, entry: Entry, value: float, seed: int) -> Run:
        """The training of one entry at one value of the tuned setting from one seed."""
        optimizer = entry.optimizer or self.optimizer
        return Run(
            task=self.task,
            mechanisms=entry.mechanisms,
            model=entry.settings_in(self.model),
            objective=self.objective,
            optimizer=Spec.of(optimizer.name, {**optimizer.settings, self.tuned_of(entry): value}),
            training=self.training,
            seed=seed,
        )

    def entry_of(self, run: Run) -> Entry:
        """The entry that one of the comparison's runs trains."""
        trained = (run.mechanisms, run.model, _without_tuned(run.optimizer))
        return next(e for e in self.entries if self._trained_by(e) == trained)

    def _trained_by(self, entry: Entry) -> tuple[tuple[Spec, ...], ModelSettings, Spec]:
        return entry.mechanisms, entry.settings_in(self.model), entry.optimizer or self.optimizer

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
            "entries": [entry.to_json() for entry in self.entries],
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
            entries=tuple(map(Entry.from_json, value["entries"])),
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

    def _check_types(self) -> None:
        for name, kind in get_type_hints(type(self)).items():
            value = getattr(self, name)
            # numbers that are not finite are refused by their bounds
            if not fits(value, kind) and not (name in BOUNDED and unusable(value)):
                raise InvalidOption(misfit(name, kind, value))
            object.__setattr__(self, name, typed(value, kind))

    def _check(self) -> None:
        labels = self.labels
        if self.baseline not in labels:
            message = f"The baseline '{self.baseline}' is not among the mechanisms."
            raise UnknownName(f"{message} {nearest(self.baseline, labels)}")
        _refuse_repeated("mechanism", labels)
        _refuse_repeated(self.tuned, self.grid)
        if len(labels) < 2:
            raise InvalidOption(f"A comparison needs a mechanism beside the baseline '{self.baseline}'.")
        if len(self.grid) > MOST:
            message = f"A comparison tries at most {MOST:,} values of the grid, not {len(self.grid):,}."
            raise InvalidOption(message)
        if self.first_seed < 0 or unusable(self.first_seed + MOST):
            message = "first_seed must not be negative, nor beyond 64 bits"
            raise InvalidOption(f"{message}, and is {self.first_seed}.")
        if not self.grid or not all(0 < value < math.inf for value in self.grid):
            raise InvalidOption(f"grid must be one or more positive numbers, not {list(self.grid)}.")
        if not 0 < self.margin < 1:
            raise InvalidOption(f"margin must lie between 0 and 1, as scores do, and is {self.margin}.")
        if not 0 < self.level < 1:
            raise InvalidOption(f"level must lie between 0 and 1 and is {self.level}.")
        for entry in self.entries:
            self.run(
                entry, self.grid_of(entry)[0], 0
            )  # refuses a number of mechanisms that is not that of layers


def tuned_of(optimizer: Spec) -> Tuned:
    """The setting of an optimizer that is tuned, with the values that it names."""
    tuned: Tuned = OPTIMIZERS.find(optimizer.name).tuned
    return tuned


def _without_tuned(optimizer: Spec) -> Spec:
    others = {name: value for name, value in optimizer.options if name != tuned_of(optimizer).option}
    return Spec.of(optimizer.name, others)


def untuned(entry: Entry) -> Entry:
    """An entry whose own optimizer, if it has one, says nothing of its tuned setting."""
    return entry if entry.optimizer is None else replace(entry, optimizer=_without_tuned(entry.optimizer))


def _usual_baseline(labels: Sequence[str]) -> str:
    return "softmax" if "softmax" in labels or not labels else labels[0]


def _refuse_repeated(what: str, given: Iterable[object]) -> None:
    seen: set[object] = set()
    for each in given:
        if each in seen:
            raise InvalidOption(f"The {what} {each} is given twice. Give each once.")
        seen.add(each)
