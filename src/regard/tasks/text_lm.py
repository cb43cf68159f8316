"""Language modelling: which character comes next?"""

from functools import cached_property
from pathlib import Path
from typing import Literal, final

import numpy as np
import torch
from jaxtyping import Float, Int64
from torch import Tensor
from torch.nn.functional import cross_entropy

from regard.core.randomness import stream
from regard.core.shapes import Shape, TokenInput, TokenOutput
from regard.data.samples import Samples
from regard.data.splits import split_by_problem
from regard.data.task import Predict, SplitName, Task
from regard.data.text import text_of, topics

SHARES = (0.8, 0.1, 0.1)
BLOCK = 16
"""Windows that follow one another in the text and lie in one split, so that the splits touch seldom."""
UNKNOWN = 0


@final
class TextLm(Task):
    """Which character, or byte, comes next in this text?

    Causal language modelling on any text file (`file`, UTF-8). Without one it is the English text that
    ships with Python: the topics of `pydoc_data.topics`, the help of the language, in alphabetical order.
    The text is cut into windows of `length` + 1 tokens that do not overlap; blocks of 16 windows that
    follow one another are dealt to the splits, 80 % train, 10 % validate and 10 % test. A window that
    occurs twice lies in one split. At the level `character` the alphabet is that of the training windows,
    and whatever else occurs is one unknown token; at the level `byte` it is all 256 bytes.

    The score is the share of tokens predicted; the detail `bits` is the mean negative log2-likelihood per
    token. A run is known by its options, not by what is in the file: after a change to the file, use
    another name for it.
    """

    metric = "accuracy"
    numbers = ("bits",)

    def __init__(
        self,
        *,
        file: str | None = None,
        level: Literal["character", "byte"] = "character",
        length: int = 128,
        data_seed: int = 0,
    ) -> None:
        self.require_between("length", length, 2, 16_384)
        self.file, self.level, self.length, self.data_seed = file, level, length, data_seed

    @cached_property
    def shape(self) -> Shape:  # type: ignore[override]  # found when asked for: the alphabet is in the text
        vocabulary = 256 if self.level == "byte" else len(self._alphabet) + 1
        return Shape(TokenInput(vocabulary, self.length, causal=True), TokenOutput(vocabulary))

    @cached_property
    def chance(self) -> float:  # type: ignore[override]  # the share of the token most frequent in training
        favorite = self.split("train").targets.flatten().bincount().argmax()
        return (self.split("test").targets == favorite).float().mean().item()

    def split(self, name: SplitName) -> Samples:
        windows = self._splits[name]
        return Samples(windows[:, :-1], windows[:, 1:])

    def identities(self, samples: Samples) -> list[str]:
        return [row.tobytes().hex() for row in samples.inputs.to(torch.int32).numpy()]

    def show(self, samples: Samples, i: int) -> str:
        tokens = torch.cat([samples.inputs[i, :1], samples.targets[i]]).tolist()
        return " ".join(self._read(tokens).split("\n"))

    def details(self, predict: Predict, samples: Samples) -> dict[str, Float[Tensor, " b"]]:
        """Bits per token."""
        logits = predict(*samples.given).double()
        nats = cross_entropy(logits.flatten(0, 1), samples.targets.flatten(), reduction="none")
        return {"bits": nats.view(samples.targets.shape).mean(1) / np.log(2)}

    @cached_property
    def _text(self) -> str:
        return "\n".join(topics()) if self.file is None else text_of(Path(self.file).expanduser())

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
            count >= 10 * BLOCK,
            f"the text has {len(codes):,} {self.level}s, which are {count} windows of {size}; at least "
            f"{10 * BLOCK} are needed. Give a longer file, or lower `length`.",
        )
        return torch.from_numpy(codes[: count * size].astype(np.int64)).view(count, size)

    @cached_property
    def _parts(self) -> dict[SplitName, Int64[Tensor, " part"]]:
        """Windows by split: equal windows, and with them their whole blocks, stay together."""
        blocks = torch.arange(len(self._codes)) // BLOCK
        rng = stream(self.data_seed, "text_lm")
        return split_by_problem(_joined(self._codes[:, :-1], blocks), SHARES, rng)

    @cached_property
    def _alphabet(self) -> Int64[Tensor, " alphabet"]:
        """Code points of the training windows, in rising order; the first has token 1."""
        return torch.unique(self._codes[self._parts["train"]])

    @cached_property
    def _splits(self) -> dict[SplitName, Int64[Tensor, "s n"]]:
        return {name: self._tokens(self._codes[part]) for name, part in self._parts.items()}

    def _tokens(self, codes: Int64[Tensor, "s n"]) -> Int64[Tensor, "s n"]:
        if self.level == "byte":
            return codes
        place = torch.searchsorted(self._alphabet, codes).clamp_max(len(self._alphabet) - 1)
        return torch.where(self._alphabet[place] == codes, place + 1, UNKNOWN)

    def _read(self, tokens: list[int]) -> str:
        if self.level == "byte":
            return bytes(tokens).decode("utf-8", "replace")
        return "".join(chr(int(self._alphabet[t - 1])) if t != UNKNOWN else "\ufffd" for t in tokens)


def _joined(windows: Int64[Tensor, "s n"], blocks: Int64[Tensor, " s"]) -> Int64[Tensor, " s"]:
    """Groups of blocks: those that share an equal window are one group."""
    _, equal = torch.unique(windows, dim=0, return_inverse=True)
    group = blocks.clone()
    while True:
        # the lowest group of all equal windows, then of all windows in a block, until nothing changes
        lowest = torch.full((int(equal.max()) + 1,), len(group)).scatter_reduce_(0, equal, group, "amin")
        merged = torch.full((int(blocks.max()) + 1,), len(group)).scatter_reduce_(
            0, blocks, lowest[equal], "amin"
        )[blocks]
        if torch.equal(merged, group):
            return group
        group = merged
