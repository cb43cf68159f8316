"""The frozen description of one training. Its digest is its identity."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self, final

from regard.core.errors import InvalidOption
from regard.core.settings import ModelSettings, TrainingSettings, described, settings
from regard.core.spec import Spec, spec_of
from regard.core.values import fits, misfit

DIGEST_LENGTH = 16
"""Hexadecimal digits of a digest: 64 bits, so that a million runs collide with probability 3e-8."""


FORMAT = 2
"""Of descriptions. Format 1 knew one objective, and its digests are other ones."""


@final
@dataclass(frozen=True, kw_only=True)
class Run:
    """What is trained, on what, toward what, how, and from which seed.

    The bare description: `Run(task=Spec.of("digits"), ...)` knows no recipe, and what it does not say has the
    defaults below. `regard.run(task="digits")` trains with the recipe's settings, as `regard train` does.
    Raises `InvalidOption` for what cannot be trained.
    """

    task: Spec
    """A task that has a spec, as those of `regard.data.from_arrays` have, stands for it."""
    mechanisms: tuple[Spec, ...]
    """One for all layers, or one per layer."""
    model: ModelSettings = field(default_factory=ModelSettings)
    objective: Spec = field(default_factory=lambda: Spec("cross_entropy"))
    """What is minimized."""
    optimizer: Spec = field(default_factory=lambda: Spec.of("adamw", rate=1e-3))
    training: TrainingSettings = field(default_factory=TrainingSettings)
    seed: int = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "task", spec_of(self.task))
        if not fits(self.seed, int):
            raise InvalidOption(misfit("seed", int, self.seed))
        if self.seed < 0:
            raise InvalidOption(f"seed must be 0 or more, not {self.seed}.")
        if len(self.mechanisms) not in (1, self.model.layers):
            message = (
                f"{len(self.mechanisms)} mechanisms were given for {self.model.layers} layers. "
                f"Give one for all layers, or one per layer."
            )
            raise InvalidOption(message)

    @property
    def digest(self) -> str:
        """The identity of this run: the same for equal descriptions, on every machine."""
        text = json.dumps(self.to_json(), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()[:DIGEST_LENGTH]

    @property
    def mechanism(self) -> str:
        """The mechanism's name, or the names of a hybrid joined by `+`."""
        return "+".join(str(spec) for spec in self.mechanisms)

    def to_json(self) -> dict[str, Any]:
        """A JSON object from which `from_json` makes an equal run."""
        return {
            "format": FORMAT,
            "task": self.task.to_json(),
            "mechanisms": [spec.to_json() for spec in self.mechanisms],
            "model": described(self.model),
            "objective": self.objective.to_json(),
            "optimizer": self.optimizer.to_json(),
            "training": described(self.training),
            "seed": self.seed,
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """The run that `to_json` wrote. Raises `InvalidOption` for another format, and for a setting that
        does not exist.
        """
        refuse_format(value)
        return cls(
            task=Spec.from_json(value["task"]),
            mechanisms=tuple(Spec.from_json(spec) for spec in value["mechanisms"]),
            model=settings(ModelSettings, value["model"]),
            objective=Spec.from_json(value["objective"]),
            optimizer=Spec.from_json(value["optimizer"]),
            training=settings(TrainingSettings, value["training"]),
            seed=value["seed"],
        )


def refuse_format(value: Mapping[str, Any]) -> None:
    """Raise `InvalidOption` for a description of a format that is not read."""
    found = value.get("format", 1)
    if found != FORMAT:
        message = f"This description has format {found}, and this version of regard reads format {FORMAT}."
        raise InvalidOption(f"{message} Use the version that wrote it, or another folder.")
