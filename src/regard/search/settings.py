"""The frozen description of one search."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, final, get_type_hints

from regard.core.errors import InvalidOption, nearest
from regard.core.run import Run
from regard.core.settings import TrainingSettings
from regard.core.spec import Spec
from regard.core.values import fits, misfit
from regard.search.objectives import AIMS

CONTROLS = ("identity", "uniform", "fixed_random", "positional")
"""Mechanisms that softmax has to beat on a proxy, or it shows nothing."""


@final
@dataclass(frozen=True, kw_only=True)
class SearchSettings:
    """What is searched, how, and by which proxies. Raises `InvalidOption`."""

    space: Spec = field(default_factory=lambda: Spec("graphs"))
    strategy: Spec = field(default_factory=lambda: Spec("nsga2"))
    proxies: tuple[Run, ...] = ()
    """Trainings with any mechanism, of which that of the candidate takes the place. The first one gives the
    costs."""
    objectives: tuple[str, ...] = ("quality", "flops")
    limits: tuple[tuple[str, float], ...] = ()
    """Costs that a candidate must not exceed."""
    evaluations: int = 100
    """How many candidates are evaluated."""
    early: int = 100
    """Steps of the first rung, which only promising candidates leave."""
    repeats: int = 2
    """Fresh seeds with which every member of the front is trained again, for the front to be chosen by."""
    order: Literal["synchronous", "asynchronous"] = "synchronous"
    """Whole generations, the same however often the search is interrupted; or one candidate after another, so
    that no process waits."""
    qualify: int = 3
    """Seeds with which softmax has to beat the controls on every proxy before anything is searched."""
    null: bool = False
    """Whether the training targets are shuffled: what such a search finds shows how good luck can look.
    Nothing has to qualify for it."""
    seed: int = 0

    def __post_init__(self) -> None:
        for name, kind in get_type_hints(type(self)).items():
            value = getattr(self, name)
            if name not in ("space", "strategy", "proxies", "limits") and not fits(value, kind):
                raise InvalidOption(misfit(name, kind, value))
        for name in (*self.objectives, *(limited for limited, _ in self.limits)):
            if name not in AIMS:
                raise InvalidOption(f"There is no objective called '{name}'. {nearest(name, AIMS)}")
        if len(set(self.objectives)) != len(self.objectives) or not self.objectives:
            raise InvalidOption("objectives must be one or more different names.")
        for name, least in (("evaluations", 1), ("early", 1), ("repeats", 0), ("qualify", 2), ("seed", 0)):
            if getattr(self, name) < least:
                raise InvalidOption(f"{name} must be at least {least}, not {getattr(self, name)}.")
        if not self.proxies:
            raise InvalidOption("A search needs at least one proxy: proxies=recall.")

    def to_json(self) -> dict[str, Any]:
        """The description as plain JSON."""
        plain: dict[str, Any] = {name: getattr(self, name) for name in get_type_hints(type(self))}
        return plain | {
            "space": self.space.to_json(),
            "strategy": self.strategy.to_json(),
            "proxies": [run.to_json() for run in self.proxies],
            "objectives": list(self.objectives),
            "limits": [list(limit) for limit in self.limits],
        }


def settings_from(value: Mapping[str, Any]) -> SearchSettings:
    """The settings that `to_json` wrote."""
    return SearchSettings(
        **{
            **value,
            "space": Spec.from_json(value["space"]),
            "strategy": Spec.from_json(value["strategy"]),
            "proxies": tuple(map(Run.from_json, value["proxies"])),
            "objectives": tuple(value["objectives"]),
            "limits": tuple((name, float(bound)) for name, bound in value["limits"]),
        }
    )


def scored_once(training: TrainingSettings, steps: int | None) -> TrainingSettings:
    """A training that is scored at its end alone: the best of several looks would flatter it."""
    last = 10**9 if steps is None else steps
    return replace(training, steps=steps or training.steps, evaluate_every=last)
