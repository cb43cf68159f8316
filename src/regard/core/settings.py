"""The settings of a model and of a training: plain values, each checked where it is born."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, TypeVar, final, get_type_hints

from regard.core.catalog import fits, misfit
from regard.core.errors import InvalidOption, nearest

T = TypeVar("T")

Requirement = tuple[str, Callable[[float], bool]]
"""What is expected, in words and as a condition. A value of None means that the setting is off."""

AT_LEAST_ONE: Requirement = ("at least 1", lambda value: value >= 1)
NOT_NEGATIVE: Requirement = ("0 or more", lambda value: value >= 0)
SHARE: Requirement = ("a share from 0 to 1", lambda value: 0 <= value <= 1)
SHARE_BELOW_ONE: Requirement = ("a share from 0 to below 1", lambda value: 0 <= value < 1)


@final
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
    projections: Literal["separate", "merged"] = "separate"
    """Whether W_q, W_k and W_v are three matrices or one."""
    absent: str = ""
    """Which of W_q, W_k, W_v and W_o there are not: some of the letters `qkvo`."""
    qk_norm: Literal["none", "rms", "layer"] = "none"
    """How queries and keys of each head are normalized."""
    output_norm: Literal["none", "rms", "layer"] = "none"
    """How the output of each head is normalized."""
    output_gate: bool = False
    """Whether the output of the heads is multiplied by sigmoid(W x)."""
    positions: Literal["learned", "sinusoidal", "rotary", "rotary_half", "alibi", "none"] = "learned"
    convolution: int = 0
    """Taps of the short convolution before the mixing; 0 means none."""
    dropout: float = 0.0
    patch: int = 2
    """Side of a square patch, in pixels; images only."""
    pool: Literal["class", "mean"] = "class"
    """How one vector is read from a sequence: a class token in front, or the mean without padding."""

    def __post_init__(self) -> None:
        _refuse(self, ("layers", "features", "heads", "key_heads", "hidden", "patch"), AT_LEAST_ONE)
        _refuse(self, ("convolution",), NOT_NEGATIVE)
        _refuse(self, ("dropout",), SHARE_BELOW_ONE)
        if not set(self.absent) <= set("qkvo"):
            raise InvalidOption(
                f"model.absent must be some of the letters q, k, v and o, not '{self.absent}'."
            )


@final
@dataclass(frozen=True, kw_only=True)
class TrainingSettings:
    """How a model is trained, whatever the objective and the optimizer."""

    epochs: int = 20
    steps: int | None = None
    """Stop after that many optimizer steps, even within an epoch."""
    batch: int = 64
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

    def __post_init__(self) -> None:
        counts = ("epochs", "steps", "batch", "evaluate_every", "patience", "checkpoint_every")
        _refuse(self, counts, AT_LEAST_ONE)
        _refuse(self, ("scheduled_sampling",), SHARE)


def settings(kind: type[T], values: Mapping[str, Any]) -> T:
    """A settings object from plain values, each checked by name and type."""
    hints = get_type_hints(kind)
    room = room_of(kind)
    for name, value in values.items():
        if name not in hints:
            raise InvalidOption(f"There is no setting '{room}.{name}'. {nearest(name, hints)}")
        if not fits(value, hints[name]):
            raise InvalidOption(misfit(f"{room}.{name}", hints[name], value))
    return kind(**values)


def described(settings: ModelSettings | TrainingSettings) -> dict[str, Any]:
    """The settings as plain values, by name."""
    return asdict(settings)


def _refuse(settings: object, names: Iterable[str], requirement: Requirement) -> None:
    """Raise `InvalidOption` for the first setting that does not meet the requirement."""
    expected, holds = requirement
    for name in names:
        value = getattr(settings, name)
        if value is not None and not holds(value):
            raise InvalidOption(f"{room_of(type(settings))}.{name} must be {expected}, not {value}.")


def room_of(kind: type) -> str:
    """The word before the dot: `training` for `TrainingSettings`."""
    return kind.__name__.removesuffix("Settings").lower()
