"""The changes by name, one after another."""

from collections.abc import Callable
from dataclasses import replace
from typing import final

import torch
from jaxtyping import UInt8
from torch import Tensor

from regard.core.errors import InvalidOption, nearest
from regard.data.images.augment.mixing import Mix, cutmix, mixup
from regard.data.images.augment.policy import randaugment, trivialaugment
from regard.data.images.augment.position import crop, flip
from regard.data.samples import Samples

Change = Callable[[UInt8[Tensor, "s channels height width"], torch.Generator], Tensor]

CHANGES: dict[str, Change] = {
    "crop": crop,
    "flip": flip,
    "randaugment": randaugment,
    "trivialaugment": trivialaugment,
}
MIXES: dict[str, Mix] = {"mixup": mixup, "cutmix": cutmix}
"""What mixes images and their targets. Where both are named, each batch gets one or the other."""


@final
class Augmentation:
    """Named changes of single images in the given order, and after them at most one mix."""

    def __init__(self, task: str, names: tuple[str, ...]) -> None:
        self.changes = [CHANGES[name] for name in names if name in CHANGES]
        self.mixes = [MIXES[name] for name in names if name in MIXES]
        known = {**CHANGES, **MIXES}
        for i, name in enumerate(names):
            if name not in known:
                raise InvalidOption(
                    f"{task}: there is no augmentation called '{name}'. {nearest(name, known)}"
                )
            if name in names[:i]:
                raise InvalidOption(f"{task}: the augmentation '{name}' is named twice. Name it once.")
            if name in CHANGES and any(before in MIXES for before in names[:i]):
                message = f"{task}: augmentation names '{name}' behind a mix. Name mixup and cutmix last."
                raise InvalidOption(message)

    def __call__(self, samples: Samples, classes: int, rng: torch.Generator) -> Samples:
        """The batch, changed; after a mix images are floats from 0 to 255, and targets probabilities."""
        inputs = samples.inputs
        for change in self.changes:
            inputs = change(inputs, rng)
        samples = replace(samples, inputs=inputs)
        if not self.mixes:
            return samples
        mix = self.mixes[int(torch.randint(len(self.mixes), (), generator=rng))]
        return mix(samples, classes, rng)
