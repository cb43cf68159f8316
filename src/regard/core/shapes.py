"""What goes into a model and what comes out: the words that tasks and models share."""

from dataclasses import dataclass
from typing import final


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
