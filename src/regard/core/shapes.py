"""What goes into a model and what comes out: the words that tasks and models share."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self, final


@final
@dataclass(frozen=True)
class TokenInput:
    """Sequences of token numbers, (b, length), each below `vocabulary`; `causal` if read left to right."""

    vocabulary: int
    length: int
    causal: bool


@final
@dataclass(frozen=True)
class ImageInput:
    """Images, (b, channels, height, width), as floats of mean 0 and standard deviation near 1."""

    channels: int
    height: int
    width: int


@final
@dataclass(frozen=True)
class PairInput:
    """Two sequences side by side, (b, 2, length), each read both ways and each reading the other."""

    vocabulary: int
    length: int


@final
@dataclass(frozen=True)
class TokenOutput:
    """One distribution over `vocabulary` at every position: logits (b, n, vocabulary)."""

    vocabulary: int


@final
@dataclass(frozen=True)
class ClassOutput:
    """One distribution over `classes` for the whole input: logits (b, classes)."""

    classes: int


@final
@dataclass(frozen=True)
class BottleneckOutput:
    """Logits (b, n, vocabulary), of which all positions are written from the last one's vector alone."""

    vocabulary: int
    length: int


@final
@dataclass(frozen=True)
class Shape:
    """The two borders of a model."""

    input: TokenInput | ImageInput | PairInput
    output: TokenOutput | ClassOutput | BottleneckOutput

    def to_json(self) -> dict[str, Any]:
        """A JSON object from which `from_json` makes an equal shape."""
        return {
            name: {"kind": type(border).__name__, **asdict(border)}
            for name, border in (("input", self.input), ("output", self.output))
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """The shape that `to_json` wrote. Raises `KeyError` or `TypeError` for anything else."""
        return cls(*(_border(**value[name]) for name in ("input", "output")))


_KINDS: Mapping[str, Any] = {
    kind.__name__: kind
    for kind in (TokenInput, ImageInput, PairInput, TokenOutput, ClassOutput, BottleneckOutput)
}


def _border(kind: str, **fields: Any) -> Any:
    return _KINDS[kind](**fields)
