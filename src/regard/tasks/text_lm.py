"""Language modelling: which character comes next?"""

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, final

import numpy as np
import torch
from jaxtyping import Float, Int64
from torch import Tensor
from torch.nn.functional import cross_entropy

from regard.core.shapes import Shape, TokenInput, TokenOutput
from regard.data.question import Prompt, Question
from regard.data.samples import Samples
from regard.data.task import LookUp, Predict, SplitName, Task
from regard.data.text import content_of_texts, one_line, repeating, text_of, topics, without_repeats

FEWEST = 100
"""Windows of a text, before those that repeat others are left out."""
UNKNOWN = 0


@final
class TextLm(Task):
    """Which character, or byte, comes next in this text?

    Causal language modelling on any text file (`file`, UTF-8). Without one it is the English text that
    ships with Python and depends on its version: the topics of `pydoc_data.topics`, the help of the
    language, in alphabetical order, without paragraphs that occurred before. The text is cut into windows
    of `length` + 1 tokens that do not overlap. As is usual (enwik8), the first 80 % of the text train, the
    next 10 % validate and the rest tests. A window is left out where its inputs or its targets stand
    anywhere, word for word, in the text of a later split. At the level `character` the alphabet is that of
    the training windows, and whatever else occurs is one unknown token; at the level `byte` it is all 256
    bytes.

    The score is the share of tokens predicted; the detail `bits` is the mean negative log2-likelihood per
    token.
    """

    metric = "accuracy"
    numbers = ("bits",)

    def __init__(
        self,
        *,
        file: str | None = None,
        level: Literal["character", "byte"] = "character",
        length: int = 128,
    ) -> None:
        self.require_between("length", length, 2, 16_384)
        self.require(file != "", "file is empty. Name a text file, or leave it out.")
        self.file, self.level, self.length = file, level, length

    @cached_property
    def shape(self) -> Shape:
        vocabulary = 256 if self.level == "byte" else len(self._alphabet) + 1
        return Shape(TokenInput(vocabulary, self.length, causal=True), TokenOutput(vocabulary))

    @cached_property
    def chance(self) -> float:
        favorite = self.split("train").targets.flatten().bincount().argmax()
        return (self.split("test").targets == favorite).float().mean().item()

    @cached_property
    def content(self) -> str:
        return content_of_texts([self._text])

    @property
    def known_look_up(self) -> LookUp:
        """The token most frequent behind each one in the test split: no table of pairs does better."""
        test = self.split("test")
        size = int(torch.maximum(test.inputs.max(), test.targets.max())) + 1
        both, counts = torch.unique(test.inputs * size + test.targets, return_counts=True)
        best = torch.zeros(size, dtype=torch.int64).scatter_reduce(0, both // size, counts, "amax")
        return LookUp((best.sum() / counts.sum()).item(), f"the {self.level} before says much")

    def split(self, name: SplitName) -> Samples:
        windows = self._splits[name]
        return Samples(windows[:, :-1], windows[:, 1:])

    def identities(self, samples: Samples) -> list[str]:
        return [row.tobytes().hex() for row in samples.inputs.to(torch.int32).numpy()]

    def findings(self) -> dict[str, Any]:
        """The alphabet, as code points."""
        return {} if self.level == "byte" else {"alphabet": self._alphabet.tolist()}

    def restore(self, findings: Mapping[str, Any]) -> None:
        if self.level == "character":
            self._alphabet = torch.tensor(findings["alphabet"])

    def text(self, tokens: Int64[Tensor, " n"]) -> str:
        if self.level == "byte":
            return bytes(tokens.tolist()).decode("utf-8", "replace")
        codes = torch.cat([torch.tensor([ord("\ufffd")]), self._alphabet])[tokens]
        return "".join(map(chr, codes.tolist()))

    def encode(self, text: str) -> Question:
        """The beginning of a text, which the model continues without an end."""
        self.require(text != "", "a text needs a beginning. Give a character at least.")
        if self.level == "byte":
            return Prompt(torch.tensor(list(text.encode())))
        tokens = self._tokens(torch.tensor([ord(character) for character in text]))
        unknown = [c for c, token in zip(text, tokens.tolist(), strict=True) if token == UNKNOWN]
        self.require(
            not unknown, f"the training text has no character {', '.join(map(repr, unknown))}. Leave it out."
        )
        return Prompt(tokens)

    def show(self, samples: Samples, i: int) -> str:
        return one_line(self.text(torch.cat([samples.inputs[i, :1], samples.targets[i]])))

    def details(self, predict: Predict, samples: Samples) -> dict[str, Float[Tensor, " b"]]:
        """Bits per token."""
        logits = predict(*samples.given).double()
        nats = cross_entropy(logits.flatten(0, 1), samples.targets.flatten(), reduction="none")
        return {"bits": nats.view(samples.targets.shape).mean(1) / np.log(2)}

    @cached_property
    def _text(self) -> str:
        return text_of(Path(self.file).expanduser()) if self.file else without_repeats("\n\n".join(topics()))

    @cached_property
    def _codes(self) -> Int64[Tensor, "s n"]:
        """Windows of code points or bytes, (s, length + 1)."""
        if self.level == "byte":
            codes = np.frombuffer(self._text.encode(), np.uint8)
        else:
            codes = np.frombuffer(self._text.encode("utf-32-le"), np.uint32)
        size = self.length + 1
        count = len(codes) // size
        self.require(
            count >= FEWEST,
            f"the text has {len(codes):,} {self.level}s, which are {count} windows of {size}; at least "
            f"{FEWEST} are needed. Give a longer file, or lower `length`.",
        )
        return torch.from_numpy(codes[: count * size].astype(np.int64)).view(count, size)

    @cached_property
    def _parts(self) -> dict[SplitName, Int64[Tensor, "s n"]]:
        """Windows by split, without those that repeat a later one."""
        count = len(self._codes)
        train, validation, test = self._codes.tensor_split([round(0.8 * count), round(0.9 * count)])
        return {
            "train": self._without("train", train, torch.cat([validation, test])),
            "validation": self._without("validation", validation, test),
            "test": test,
        }

    def _without(
        self, name: SplitName, windows: Int64[Tensor, "s n"], later: Int64[Tensor, "later n"]
    ) -> Int64[Tensor, "part n"]:
        """The windows whose inputs and targets both stand nowhere in a later part of the text."""
        again = repeating(windows.numpy(), later.flatten().numpy(), self.length)
        self.require(
            not again.all(),
            f"no window of {name} is left, for all {len(windows):,} of {self.length + 1} {self.level}s stand "
            f"again in a later split. Raise `length`, or give a text that repeats itself less.",
        )
        return windows[torch.from_numpy(~again)]

    @cached_property
    def _alphabet(self) -> Int64[Tensor, " alphabet"]:
        """Code points of the training windows, in rising order; the first has token 1."""
        return torch.unique(self._parts["train"])

    @cached_property
    def _splits(self) -> dict[SplitName, Int64[Tensor, "s n"]]:
        return {name: self._tokens(windows) for name, windows in self._parts.items()}

    def _tokens(self, codes: Int64[Tensor, "*any"]) -> Int64[Tensor, "*any"]:
        if self.level == "byte":
            return codes
        place = torch.searchsorted(self._alphabet, codes).clamp_max(len(self._alphabet) - 1)
        return torch.where(self._alphabet[place] == codes, place + 1, UNKNOWN)
