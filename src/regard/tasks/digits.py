"""Handwritten digits: real images of 8x8 pixels."""

from dataclasses import replace
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import final

import numpy as np
import torch
from jaxtyping import Float, Int64, UInt8
from torch import Tensor
from torch.nn.functional import pad

from regard.core.randomness import generator_of
from regard.core.shapes import ClassOutput, ImageInput, Shape
from regard.data.guessing import favorite_share
from regard.data.samples import Samples
from regard.data.splits import Shares, split_by_problem
from regard.data.task import LookUp, SplitName, Task

SIDE = 8
SHARES: Shares = (0.7, 0.1, 0.2)
SHADES = " .,:;i1tfLCG08%@#"
"""One character for each of the 17 gray levels, from background to ink."""


@final
class Digits(Task):
    """Which digit is it? 1,797 images of 43 writers, 8x8 pixels with gray levels from 0 to 16.

    Source: Alpaydin & Kaynak 1998, Optical Recognition of Handwritten Digits (UCI), the copy that comes
    with scikit-learn, so no network is needed. About 70 % train, 10 % validation and 20 % test, every
    class by these shares, no image in two splits. Pixels have mean 0 and standard deviation 1 over the
    training images. `chance` is the share of test images in the class most frequent in training.

    `shift`: training images move by up to so many pixels, each way and at random.
    """

    metric = "accuracy"
    known_look_up = LookUp(0.287, "where there is ink says something of the digit")

    def __init__(self, *, shift: int = 1, data_seed: int = 0) -> None:
        self.require_between("shift", shift, 0, SIDE // 2)
        self.shift = shift
        self.data_seed = data_seed
        self.shape = Shape(ImageInput(1, SIDE, SIDE), ClassOutput(10))

    @cached_property
    def chance(self) -> float:
        return favorite_share(self.split("train"), self.split("test"))

    def split(self, name: SplitName) -> Samples:
        return self._splits[name]

    def identities(self, samples: Samples) -> list[str]:
        return ["".join(SHADES[gray] for gray in image.tolist()) for image in self._grays(samples.inputs)]

    def show(self, samples: Samples, i: int) -> str:
        text = self.identities(samples[i : i + 1])[0]
        rows = [text[start : start + SIDE] for start in range(0, SIDE * SIDE, SIDE)]
        return f"|{'|'.join(rows)}| is {samples.targets[i]}"

    def augment(self, samples: Samples, rng: torch.Generator) -> Samples:
        """Each image moved up or down and left or right by up to `shift` pixels; background moves in."""
        inputs = samples.inputs
        b, s = len(inputs), self.shift
        padded = pad(inputs, (s, s, s, s), value=self._background)
        moves = torch.randint(2 * s + 1, (2, b, 1), generator=rng).to(inputs.device)
        down, right = moves + torch.arange(SIDE, device=inputs.device)
        image = torch.arange(b, device=inputs.device)
        moved = padded[image[:, None, None], 0, down[:, :, None], right[:, None, :]].unsqueeze(1)
        return replace(samples, inputs=moved)

    def picture(self, samples: Samples, i: int) -> UInt8[Tensor, "8 8 3"]:
        """Ink is dark."""
        grays = self._grays(samples.inputs[i : i + 1]).view(SIDE, SIDE, 1)
        return (255 - grays * 255 // 16).to(torch.uint8).expand(-1, -1, 3)

    @cached_property
    def _images(self) -> tuple[Int64[Tensor, "s 64"], Int64[Tensor, " s"]]:
        """Gray levels and classes of all images."""
        rows = torch.as_tensor(np.loadtxt(_file(), delimiter=",", dtype=np.int64))
        return rows[:, :-1].contiguous(), rows[:, -1].contiguous()

    @cached_property
    def _parts(self) -> dict[SplitName, Int64[Tensor, " part"]]:
        grays, classes = self._images
        _, problems = torch.unique(grays, dim=0, return_inverse=True)
        return split_by_problem(problems, SHARES, generator_of(self.data_seed, "digits"), strata=classes)

    @cached_property
    def _scale(self) -> tuple[float, float]:
        """Mean and standard deviation of the training pixels."""
        pixels = self._images[0][self._parts["train"]].double()
        return pixels.mean().item(), pixels.std(correction=0).item()

    @property
    def _background(self) -> float:
        mean, deviation = self._scale
        return -mean / deviation

    @cached_property
    def _splits(self) -> dict[SplitName, Samples]:
        grays, classes = self._images
        mean, deviation = self._scale
        inputs = ((grays - mean) / deviation).float().view(-1, 1, SIDE, SIDE)
        return {name: Samples(inputs[part], classes[part]) for name, part in self._parts.items()}

    def _grays(self, inputs: Float[Tensor, "b 1 8 8"]) -> Int64[Tensor, "b 64"]:
        mean, deviation = self._scale
        return (inputs.double() * deviation + mean).round().long().flatten(1)


def _file() -> Path:
    """The table that scikit-learn brings: 64 gray levels and the class.

    Importing scikit-learn takes two seconds, which every process that trains would spend.
    """
    package = find_spec("sklearn")
    assert package is not None and package.origin is not None, "it is installed with regard"
    return Path(package.origin).parent / "datasets" / "data" / "digits.csv.gz"
