"""The frozen description of one training. Its digest is its identity."""

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Self, TypeVar, get_type_hints

from regard.core.catalog import fits
from regard.core.errors import InvalidOption, nearest
from regard.core.spec import Spec

T = TypeVar("T")

DIGEST_LENGTH = 16
"""Hexadecimal digits of a digest: 64 bits, so that a million runs collide with probability 3e-8."""


@dataclass(frozen=True, kw_only=True)
class ModelSettings:
    """The transformer around the mechanism."""

    layers: int = 2
    features: int = 64
    """c, the width of the residual stream."""
    heads: int = 4
    key_heads: int | None = None
    """g, the number of key and value heads; None means one per query head."""
    hidden: int = 256
    """Width of the feed-forward layer."""
    positions: Literal["learned", "sinusoidal", "rotary", "alibi", "none"] = "learned"
    convolution: int = 0
    """Taps of the short convolution before the mixing; 0 means none."""
    dropout: float = 0.0
    patch: int = 2
    """Side of a square patch, in pixels; images only."""
    pool: Literal["class", "mean"] = "class"
    """How one vector is read from a sequence: a class token in front, or the mean without padding."""


@dataclass(frozen=True, kw_only=True)
class TrainingSettings:
    """How a model is trained, whatever the optimizer."""

    epochs: int = 20
    steps: int | None = None
    """Stop after that many optimizer steps, even within an epoch."""
    batch: int = 64
    warmup: float = 0.1
    """Share of all steps during which the rate rises linearly from zero."""
    schedule: Literal["cosine", "plateau", "constant"] = "cosine"
    clip: float | None = 1.0
    """Largest norm of the whole gradient; None means no clipping."""
    label_smoothing: float = 0.0
    evaluate_every: int | None = None
    """Steps between two evaluations on validation data; None means once an epoch."""
    patience: int | None = None
    """Stop after that many evaluations without a better validation score; None means never."""
    target: float | None = None
    """Stop as soon as the validation score reaches this; None means never."""
    scheduled_sampling: float = 0.0
    """Share of answer tokens in the input that the model's own predictions replace (Bengio et al. 2015,
    arXiv 1506.03099): it rises linearly from 0 to this at the end of training."""
    precision: Literal["32-true", "bf16-mixed", "16-mixed", "64-true"] = "32-true"
    checkpoint_every: int | None = None
    """Epochs between two kept checkpoints, beside the best and the last; None keeps only those two."""


@dataclass(frozen=True, kw_only=True)
class Run:
    """What is trained, on what, how, and from which seed."""

    task: Spec
    mechanisms: tuple[Spec, ...]
    """One for all layers, or one per layer."""
    model: ModelSettings = field(default_factory=ModelSettings)
    optimizer: Spec = field(default_factory=lambda: Spec.of("adamw", rate=1e-3))
    training: TrainingSettings = field(default_factory=TrainingSettings)
    seed: int = 0

    def __post_init__(self) -> None:
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
            "task": self.task.to_json(),
            "mechanisms": [spec.to_json() for spec in self.mechanisms],
            "model": dataclasses.asdict(self.model),
            "optimizer": self.optimizer.to_json(),
            "training": dataclasses.asdict(self.training),
            "seed": self.seed,
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """The run that `to_json` wrote. Raises `InvalidOption` for a setting that does not exist."""
        return cls(
            task=Spec.from_json(value["task"]),
            mechanisms=tuple(Spec.from_json(spec) for spec in value["mechanisms"]),
            model=settings(ModelSettings, value["model"]),
            optimizer=Spec.from_json(value["optimizer"]),
            training=settings(TrainingSettings, value["training"]),
            seed=value["seed"],
        )


def settings(kind: type[T], values: Mapping[str, Any]) -> T:
    """A settings object from plain values, each checked by name and type."""
    hints = get_type_hints(kind)
    room = kind.__name__.removesuffix("Settings").lower()
    for name, value in values.items():
        if name not in hints:
            raise InvalidOption(f"There is no setting '{room}.{name}'. {nearest(name, hints)}")
        if not fits(value, hints[name]):
            shown = str(hints[name]).replace("typing.", "").removeprefix("<class '").removesuffix("'>")
            raise InvalidOption(f"{room}.{name} cannot be {value!r}: give a value of type {shown}.")
    return kind(**values)
