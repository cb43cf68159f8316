"""A task whose samples come from a file that somebody may replace."""

import hashlib
from pathlib import Path
from typing import final

import torch

from regard.core.randomness import generator_of
from regard.core.shapes import ClassOutput, Shape, TokenInput
from regard.data import Samples, Task


@final
class Outside(Task):
    """Whether the first of four tokens is above the middle; the file's first line is the seed."""

    metric = "accuracy"
    chance = 0.5

    def __init__(self, *, data: str) -> None:
        self.path = Path(data)
        self.shape = Shape(TokenInput(10, 4, causal=False), ClassOutput(2))

    @property
    def content(self):
        return hashlib.sha256(self.path.read_bytes()).hexdigest()

    def split(self, name):
        inputs = torch.randint(10, (40, 4), generator=generator_of(int(self.path.read_text()), name))
        return Samples(inputs, (inputs[:, 0] > 4).long())

    def identities(self, samples):
        return [str(row) for row in samples.inputs.tolist()]

    def show(self, samples, i):
        return str(samples.inputs[i].tolist())
