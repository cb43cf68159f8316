"""The contract of a task."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, Literal, final

import torch
from jaxtyping import Bool, Float, Int64, UInt8
from torch import Tensor

from regard.core.errors import InvalidOption, UnsupportedUse
from regard.core.shapes import Shape
from regard.data.question import Question
from regard.data.samples import IGNORED, Samples

SplitName = Literal["train", "validation", "test"]

LARGEST = 2**28
"""Tokens in all samples together: 2 GiB."""

Predict = Callable[..., Tensor]
"""A model in evaluation mode: (inputs, keys), and edges where there are any (`Samples.given`), to logits,
(b, classes) or (b, n, vocabulary)."""


@final
@dataclass(frozen=True)
class LookUp:
    """What looking up one thing about the input honestly says of the answer."""

    score: float
    """What the best such look-up scores, at most."""
    reason: str
    """Why that is more than chance, in a few words."""


class Task(ABC):
    """Abstract. Samples in three splits that share no problem, a metric, a chance level and a ceiling.

    A part of the catalog subclasses it once, is final, and takes keyword-only options. The same
    options always give the same samples, as long as `content` is the same where there is one:
    randomness comes from the option `data_seed` alone. Building one is quick; the samples are made when a
    split is first asked for.

    Where a task says nothing else of them, these options mean the same everywhere:

    data_seed: what the samples are drawn from; the seed of a training is another one.
    samples: how many samples there are for training.
    held_out: how many further samples there are for validation, and as many for the test.
    length: how many tokens an input has, or the longest one.
    vocabulary: how many different tokens there are.
    level: what a token of a text is.
    form: `causal`, where the model reads and writes from left to right, or `masked`, where it reads both ways
        and fills in the whole answer at once.
    """

    metric: ClassVar[str]
    """What `score` measures, in two words at most, for instance `accuracy` or `exact match`."""
    ceiling: float = 1.0
    """The best score that the data allow."""
    numbers: ClassVar[tuple[str, ...]] = ()
    """The `details` that are no shares from 0 to 1, such as `bits`."""

    @cached_property
    def shape(self) -> Shape:
        """Inputs and outputs of a model for this task. Set by the constructor, or found here when needed."""
        raise InvalidOption(f"{self.name} has no shape: set self.shape in its constructor.")

    @cached_property
    def chance(self) -> float:
        """The score of the best guesser that sees no input. Set or found as the shape is."""
        raise InvalidOption(f"{self.name} has no chance: set self.chance in its constructor.")

    @cached_property
    def note(self) -> str | None:
        """What a reader of its scores must know, such as data that are no original; None if nothing."""
        return None

    @cached_property
    def content(self) -> str | None:
        """A hash of the data that come from outside; None where options alone decide the samples."""
        return None

    @cached_property
    def labels(self) -> tuple[str, ...] | None:
        """The names of the classes, for tasks with one class per sample; None where numbers say it all."""
        return None

    @property
    def name(self) -> str:
        """The name in the catalog: that of the file."""
        return type(self).__module__.rsplit(".", 1)[-1]

    @property
    def known_look_up(self) -> LookUp | None:
        """What one pixel, one token or one count of tokens says of the answer, where that honestly is more
        than chance: the law of look-ups catches whatever says more. Here: none says more than chance.
        """
        return None

    @property
    def fixed(self) -> tuple[SplitName, ...]:
        """The splits that `data_seed` leaves as they are, such as a published test split. Here: none."""
        return ()

    @property
    def idle(self) -> Mapping[str, str]:
        """The options that change nothing beside the others, by name, each with what makes it so, such as
        `at the level of bytes`. Here: none.
        """
        return {}

    @abstractmethod
    def split(self, name: SplitName) -> Samples:
        """The samples of a split: always the same ones, on the CPU."""

    @abstractmethod
    def identities(self, samples: Samples) -> list[str]:
        """For each sample, the name of its problem: two samples of one problem have the same name."""

    @abstractmethod
    def show(self, samples: Samples, i: int) -> str:
        """Sample i as one line of text that a person can read, with its target."""

    def score(self, predict: Predict, samples: Samples) -> Float[Tensor, " b"]:
        """How right the model is on each sample, from 0 to 1: here the share of right targets."""
        right = predict(*samples.given).argmax(-1) == samples.targets
        if samples.targets.ndim == 1:
            return right.float()
        asked = samples.targets != IGNORED
        return (right & asked).sum(1) / asked.sum(1).clamp_min(1)

    def solve(self, samples: Samples) -> Int64[Tensor, "b *n"] | None:
        """The targets by a rule that reads inputs alone, where one exists: proof that it can be done."""
        return None

    def text(self, tokens: Int64[Tensor, " n"]) -> str:
        """A sequence without its padding, as a person reads it: here the numbers of its tokens."""
        return " ".join(map(str, tokens.tolist()))

    def show_answer(self, tokens: Int64[Tensor, " n"]) -> str:
        """An answer without the token that ends it, as a person reads it: here like any other sequence."""
        return self.text(tokens)

    def encode(self, text: str) -> Question:
        """A question as a person types it, in tokens. Raises `InvalidOption` for what it does not know, and
        `UnsupportedUse` where questions are no text, as here.
        """
        raise UnsupportedUse(f"{self.name} takes no questions as text.")

    def details(self, predict: Predict, samples: Samples) -> dict[str, Float[Tensor, " b"]]:
        """Further figures of each sample by name, such as `top-5`, read with the test split. NaN where a
        figure says nothing of a sample: the mean leaves it out.
        """
        return {}

    def beyond(self) -> dict[str, Samples]:
        """Test samples from outside the training distribution, by what is different: `length 128`."""
        return {}

    def chances(self) -> dict[str, float]:
        """What the best guesser that sees no input reaches in `details`, and in the score of each set
        `beyond`, by name: `top-5`, `length 128`. A detail means the same in every set, unless the set has
        one of its own: `length 128/sequence`. Left out where nobody knows.
        """
        return {}

    def findings(self) -> dict[str, Any]:
        """What was found in data from outside and using a trained model needs, such as the names of classes
        and a vocabulary: plain JSON values, which are kept beside the model. Here: nothing.
        """
        return {}

    def restore(self, findings: Mapping[str, Any]) -> None:
        """Take the findings of a task with the same options, so that `labels`, `prepare`, `encode` and `text`
        need no data. Here: there are none to take, and `InvalidOption` is raised for any.
        """
        self.require(not findings, "findings were kept of it, but it takes none: define `restore`.")

    def augment(self, samples: Samples, rng: torch.Generator) -> Samples:
        """A training batch, changed at random in ways that leave the targets right, where it lies: on any
        device, while `rng` draws on the CPU. Here: unchanged.
        """
        return samples

    def prepare(self, samples: Samples) -> Samples:
        """A batch as the model reads it, made where it lies; every batch passes here. Here: unchanged."""
        return samples

    def picture(self, samples: Samples, i: int) -> UInt8[Tensor, "height width 3"] | None:
        """Sample i as it was given, before `prepare`, for the eye; None where there is nothing to see."""
        return None

    def fed_back(self, samples: Samples) -> Bool[Tensor, "b n"] | None:
        """Where an input token is the target of the position before it, so that in use the model itself
        would have to give it. Scheduled sampling may replace these tokens. None if there are none.
        """
        return None

    def require(self, holds: bool, message: str) -> None:
        """Raise `InvalidOption` with the task's name in front, unless the condition holds."""
        if not holds:
            raise InvalidOption(f"{self.name}: {message}")

    def require_between(self, option: str, value: int, low: int, high: int) -> None:
        """Raise `InvalidOption` unless low <= value <= high."""
        self.require(
            low <= value <= high, f"{option} must lie between {low:,} and {high:,}, but is {value:,}."
        )

    def require_room(self, samples: int, length: int, lower: str = "samples") -> None:
        """Raise `InvalidOption` where so many samples of a length are more than `LARGEST` tokens.

        `lower` is the option that the message tells to lower.
        """
        self.require(
            samples * length <= LARGEST,
            f"{samples:,} samples of length {length:,} are more than {LARGEST:,} tokens. Lower `{lower}`.",
        )
