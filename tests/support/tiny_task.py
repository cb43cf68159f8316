"""Tasks so small that a whole training takes a fraction of a second. Their test split cannot be read."""

from dataclasses import replace
from typing import final

import torch

from regard.core.randomness import generator_of
from regard.core.shapes import ClassOutput, ImageInput, Shape, TokenInput, TokenOutput
from regard.data.samples import IGNORED, Samples
from regard.data.task import Task

QUESTION = 3
"""Tokens in a question, and in its answer."""
DIGITS = 4
SIZES = {"train": 48, "validation": 20}


class Tiny(Task):
    """Abstract: what both tasks share."""

    metric = "accuracy"

    def split(self, name):
        assert name != "test", "the test split was read"
        return self.drawn(SIZES[name], generator_of(0, name))

    def identities(self, samples):
        return [str(row) for row in samples.inputs.tolist()]

    def show(self, samples, i):
        return f"{samples.inputs[i].tolist()} -> {samples.targets[i].tolist()}"


@final
class Reverse(Tiny):
    """Three digits, a sign, and the digits in reverse: `0 3 1 = 1 3`, where `= 1 3` is to give `1 3 0`."""

    def __init__(self) -> None:
        length = 2 * QUESTION
        self.shape = Shape(TokenInput(DIGITS + 1, length, causal=True), TokenOutput(DIGITS + 1))
        self.chance = 1 / DIGITS

    def drawn(self, count, rng):
        question = torch.randint(DIGITS, (count, QUESTION), generator=rng)
        answer = question.flip(1)
        sign = torch.full((count, 1), DIGITS)
        nothing = torch.full((count, QUESTION), IGNORED)
        return Samples(torch.cat([question, sign, answer[:, :-1]], 1), torch.cat([nothing, answer], 1))

    def fed_back(self, samples):
        return torch.arange(2 * QUESTION).gt(QUESTION).expand(samples.inputs.shape)


@final
class Stripes(Tiny):
    """4 x 4 images of noise, brighter in the left or the right half; training adds more noise."""

    def __init__(self) -> None:
        self.shape = Shape(ImageInput(1, 4, 4), ClassOutput(2))
        self.chance = 0.5

    def drawn(self, count, rng):
        targets = torch.randint(2, (count,), generator=rng)
        images = torch.randn(count, 1, 4, 4, generator=rng)
        images[..., :2] += 2 * (1 - targets.float())[:, None, None, None]
        images[..., 2:] += 2 * targets.float()[:, None, None, None]
        return Samples(images, targets)

    def augment(self, samples, rng):
        return replace(
            samples, inputs=samples.inputs + 0.1 * torch.randn(samples.inputs.shape, generator=rng)
        )
