"""The settings of a model and of a training: plain values, each checked where it is born."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, TypeVar, final, get_type_hints

from regard.core.errors import InvalidOption, nearest
from regard.core.values import fits, misfit, typed

T = TypeVar("T")

Requirement = tuple[str, Callable[[float], bool]]
"""What is expected, in words and as a condition. A value of None means that the setting is off."""

SHARE: Requirement = ("a share from 0 to 1", lambda value: 0 <= value <= 1)
SHARE_BETWEEN: Requirement = ("a share between 0 and 1", lambda value: 0 < value < 1)
SHARE_BELOW_ONE: Requirement = ("a share from 0 to below 1", lambda value: 0 <= value < 1)

ADDED: Mapping[str, Any] = {
    "budget": None,
    "ema": None,
    "latent": None,
    "pair": "self_and_cross",
    "validation": "all",
    "targets": "own",
}
"""Settings that came after the format of descriptions, each with the value that stands for having none."""

LARGEST_MODEL = 10**10
"""Numbers in the matrices of all blocks together: 40 GB. Of more, only the building would already take all
memory."""


def between(least: int, most: int) -> Requirement:
    """Within bounds that lie far outside of what is useful, and keep anything else from hanging."""
    return f"at least {least} and at most {most:,}", lambda value: least <= value <= most


@final
@dataclass(frozen=True, kw_only=True)
class ModelSettings:
    """The transformer around the mechanism."""

    layers: int = 2
    """Blocks, one above another, each with the mechanism and a feed-forward layer."""
    features: int = 64
    """c, the width of the residual stream."""
    heads: int = 4
    """h, the number of query heads; they share the features among them."""
    key_heads: int | None = None
    """g, the number of key and value heads; None means one per query head."""
    hidden: int = 256
    """Width of the feed-forward layer."""
    projections: Literal["separate", "merged", "latent"] = "separate"
    """Whether W_q, W_k and W_v are three matrices or one, or keys and values are made of one small vector of
    each position, which is all that is kept of it (multi-head latent attention)."""
    latent: int | None = None
    """Numbers in that vector; None means twice the features of a head."""
    absent: str = ""
    """Which of W_q, W_k, W_v and W_o there are not: some of the letters `qkvo`."""
    qk_norm: Literal["none", "rms", "layer"] = "none"
    """How queries and keys of each head are normalized."""
    output_norm: Literal["none", "rms", "layer"] = "none"
    """How the output of each head is normalized."""
    output_gate: bool = False
    """Whether the output of the heads is multiplied by sigmoid(W x)."""
    positions: Literal["learned", "sinusoidal", "rotary", "rotary_half", "alibi", "none"] = "learned"
    """How a model knows the order: vectors added at the input, q and k turned (interleaved pairs, or halves
    as in Llama), or a bias of the scores."""
    convolution: int = 0
    """Taps of the short convolution before the mixing; 0 means none."""
    dropout: float = 0.0
    """Share of the numbers that training sets to 0 behind each part of a block."""
    patch: int = 2
    """Side of a square patch, in pixels; images only."""
    pool: Literal["class", "mean", "attention"] = "class"
    """How one vector is read from a sequence: a class token in front, the mean without padding, or what a
    learned query of each head reads (pooling by attention)."""
    pair: Literal["self_and_cross", "co_attention", "co_attention_alternating"] = "self_and_cross"
    """What two sequences read in a layer: each itself and then the other; only the other, both at once; or by
    turns, the second reading what the first has become; pairs only."""

    def __post_init__(self) -> None:
        _check_types(self)
        _refuse(self, ("layers", "heads", "key_heads", "patch"), between(1, 1000))
        _refuse(self, ("features", "hidden", "latent"), between(1, 10**6))
        _refuse(self, ("convolution",), between(0, 1000))
        _refuse(self, ("dropout",), SHARE_BELOW_ONE)
        if not set(self.absent) <= set("qkvo"):
            raise InvalidOption(
                f"model.absent must be some of the letters q, k, v and o, not '{self.absent}'."
            )
        # equal settings are equal descriptions
        object.__setattr__(self, "absent", "".join(each for each in "qkvo" if each in self.absent))
        numbers = self.layers * self.features * (4 * self.features + 2 * self.hidden)
        if numbers > LARGEST_MODEL:
            raise InvalidOption(
                f"A model of {self.layers} layers with {self.features} and {self.hidden} features has some "
                f"{numbers:.1e} weights, and at most {LARGEST_MODEL:.0e} are built. Lower one of them."
            )


@final
@dataclass(frozen=True, kw_only=True)
class TrainingSettings:
    """How a model is trained, whatever the objective and the optimizer."""

    epochs: int = 20
    """How many times training goes through the training samples."""
    steps: int | None = None
    """Stop after that many optimizer steps, even within an epoch."""
    budget: int | None = None
    """Forward-equivalents that training may cost: it ends with the step that reaches them, whatever `epochs`
    says. It is then evaluated at costs that grow by a quarter, in place of `evaluate_every`, on its training
    samples too: so curves of different optimizers have their points at equal costs. None means no bound."""
    batch: int = 64
    """Samples in a step."""
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
    """Of what is computed: bits of a number, and whether weights keep 32 of them (mixed)."""
    ema: float | None = None
    """Decay of an exponential moving average of the weights (Polyak & Juditsky 1992), such as 0.99, which is
    scored and kept in their place; None means that they are scored themselves."""
    checkpoint_every: int | None = None
    """Epochs between two kept checkpoints, beside the best and the last; None keeps only those two."""
    validation: Literal["all", "even", "odd"] = "all"
    """Which validation samples score the model: all, or those at even or at odd places, so that what one half
    has chosen can be checked by the other."""
    targets: Literal["own", "shuffled"] = "own"
    """Whether every training sample has its own target, or that of another one drawn at random: then there is
    nothing to learn, and what a score shows above chance is luck."""

    def __post_init__(self) -> None:
        _check_types(self)
        counts = ("epochs", "steps", "evaluate_every", "patience", "checkpoint_every", "budget")
        _refuse(self, counts, between(1, 10**9))
        _refuse(self, ("batch",), between(1, 10**6))
        _refuse(self, ("scheduled_sampling", "target"), SHARE)
        _refuse(self, ("ema",), SHARE_BETWEEN)


def settings(kind: type[T], values: Mapping[str, Any]) -> T:
    """A settings object from plain values, each checked by name; the object checks the values."""
    known = get_type_hints(kind)
    for name in values:
        if name not in known:
            raise InvalidOption(f"There is no setting '{room_of(kind)}.{name}'. {nearest(name, known)}")
    return kind(**values)


def described(settings: ModelSettings | TrainingSettings) -> dict[str, Any]:
    """The settings as plain values, by name.

    Those that were `ADDED` and are not used are left out: descriptions from before keep their digests.
    """
    values = asdict(settings)
    return {name: value for name, value in values.items() if (name, value) not in ADDED.items()}


def _check_types(settings: object) -> None:
    """Raise `InvalidOption` for the first setting of another type, and give equal numbers one form."""
    for name, annotation in get_type_hints(type(settings)).items():
        value = getattr(settings, name)
        if not fits(value, annotation):
            raise InvalidOption(misfit(f"{room_of(type(settings))}.{name}", annotation, value))
        object.__setattr__(settings, name, typed(value, annotation))


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
