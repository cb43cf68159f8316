"""The frozen description of one benchmark. Its digest is its identity."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, final, get_type_hints

from regard.core.errors import InvalidOption
from regard.core.run import DIGEST_LENGTH
from regard.core.settings import Requirement, between
from regard.core.spec import Spec
from regard.core.values import fits, misfit, typed
from regard.mechanisms import labels

AUTO = "auto"
PLAIN = "plain"
"""The form of softmax that makes its matrix of weights."""

LONGEST = 2**24
MOST = 10**6
"""Far more than any machine has room for."""

LOGITS: Requirement = ("above 0 and at most 1,000", lambda value: 0 < value <= 1000)


@final
@dataclass(frozen=True)
class Contender:
    """A mechanism with all its options, computed in a form of its own, or in the best at each length."""

    spec: Spec
    form: str = AUTO


FUSED, UNFUSED = Contender(Spec.of("softmax")), Contender(Spec.of("softmax"), PLAIN)
"""Those that always take part, as every other is held against them."""


@final
@dataclass(frozen=True, kw_only=True)
class Benchmark:
    """Which mechanisms are measured, at which lengths, under which masks.

    Softmax takes part in any case, by its fused kernel and by its matrix of weights, and comes first.
    """

    contenders: tuple[Contender, ...]
    lengths: tuple[int, ...] = (64, 256, 1024, 4096, 16384)
    """Positions of the sequences, several with commas."""
    causal: tuple[bool, ...] = (False, True)
    """Whether a query reads no key behind its own position: true, false, or both."""
    batch: int = 1
    """Sequences that are mixed at once."""
    heads: int = 4
    """h, the number of heads."""
    key_heads: int | None = None
    """g, heads of keys and values for mechanisms that take fewer as they are; None means one per head."""
    key_features: int = 64
    """d, features of a query and of a key in each head."""
    value_features: int = 64
    """e, features of a value in each head."""
    dtype: Literal["float32", "float64", "bfloat16", "float16"] = "float32"
    """The type of what is read."""
    scales: tuple[float, ...] = (1.0, 4.0, 16.0)
    """Standard deviations of the logits at which the output is compared with exact softmax."""
    rounds: int = 5
    """How many times every mechanism has its turn to be timed."""
    seed: int = 0
    """Of all that is drawn."""

    def __post_init__(self) -> None:
        for name, annotation in get_type_hints(Benchmark).items():
            value = getattr(self, name)
            if name != "contenders" and not fits(value, annotation):
                raise InvalidOption(misfit(name, annotation, value))
            object.__setattr__(self, name, typed(value, annotation))
        for name, requirement in _REQUIREMENTS.items():
            self._check(name, requirement)
        if self.heads % (self.key_heads or 1):
            raise InvalidOption(f"key_heads={self.key_heads} must divide heads={self.heads}.")
        for name in ("lengths", "scales", "causal"):
            object.__setattr__(self, name, tuple(sorted(set(getattr(self, name)))))
        others = [each for each in self.contenders if each not in (FUSED, UNFUSED)]
        called = labels(each.spec for each in others)
        ordered = sorted(dict.fromkeys(others), key=lambda each: (called[each.spec], each.form))
        object.__setattr__(self, "contenders", (FUSED, UNFUSED, *ordered))

    @property
    def labels(self) -> dict[Contender, str]:
        """What the contenders are called beside one another: `softmax`, `softmax[plain]`."""
        called = labels(each.spec for each in self.contenders)
        return {
            each: called[each.spec] + ("" if each.form == AUTO else f"[{each.form}]")
            for each in self.contenders
        }

    @property
    def shapes(self) -> tuple[tuple[bool, int], ...]:
        """Every mask with every length, the short ones first: they say what the long ones will take."""
        return tuple((causal, length) for causal in self.causal for length in self.lengths)

    def to_json(self) -> dict[str, Any]:
        """A JSON object of the settings and the contenders."""
        settings = {name: value for name, value in asdict(self).items() if name != "contenders"}
        contenders = [{"spec": each.spec.to_json(), "form": each.form} for each in self.contenders]
        return {**json.loads(json.dumps(settings)), "contenders": contenders}

    def digest_on(self, versions: Mapping[str, Any]) -> str:
        """By which the result is known: another machine, another device, another version is another one."""
        text = json.dumps([self.to_json(), dict(versions)], sort_keys=True)
        return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:DIGEST_LENGTH]

    def _check(self, name: str, requirement: Requirement) -> None:
        expected, holds = requirement
        given = getattr(self, name)
        values = given if isinstance(given, tuple) else (given,)
        if not values:
            raise InvalidOption(f"{name} must have at least one value.")
        for value in values:
            if value is not None and not holds(value):
                raise InvalidOption(f"{name} must be {expected}, not {value}.")


_REQUIREMENTS: Mapping[str, Requirement] = {
    "lengths": between(2, LONGEST),
    "causal": ("true or false", lambda value: value in (False, True)),
    "batch": between(1, MOST),
    "heads": between(1, 1000),
    "key_heads": between(1, 1000),
    "key_features": between(1, MOST),
    "value_features": between(1, MOST),
    "scales": LOGITS,
    "rounds": between(1, 1000),
    "seed": between(0, 2**62),
}
