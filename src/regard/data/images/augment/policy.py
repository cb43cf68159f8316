"""Which change each image gets, and how strong: RandAugment and TrivialAugment."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import final

import torch
from jaxtyping import Float, Int64, UInt8
from torch import Tensor

from regard.data.images.augment import color, geometry

Images = UInt8[Tensor, "s channels height width"]

LEVELS = 30
"""Magnitudes go from 0 to 30."""
OPERATIONS = 2
"""RandAugment's N."""
MAGNITUDE = 9 / 10 * LEVELS
"""RandAugment's M, the paper's 9 for ImageNet, where the strongest is 10."""


@final
@dataclass(frozen=True)
class Operation:
    """A change of images, and its amounts at magnitudes 0 and 30; between them they grow evenly."""

    change: Callable[[Images, Float[Tensor, " s"]], Images]
    weakest: float = 0.0
    strongest: float = 0.0
    signed: bool = False
    """Whether the amount is as often negative."""

    def amounts(self, magnitudes: Float[Tensor, " s"], signs: Int64[Tensor, " s"]) -> Float[Tensor, " s"]:
        """What magnitudes mean for this change."""
        amounts = self.weakest + (self.strongest - self.weakest) * magnitudes / LEVELS
        return amounts * signs if self.signed else amounts


def operations(
    *, shear: float, move: float, turn: float, enhance: float, bits: float
) -> Mapping[str, Operation]:
    """The 14 changes of both papers, with the strongest amounts of one of them."""
    return {
        "identity": Operation(color.identity),
        "autocontrast": Operation(color.autocontrast),
        "equalize": Operation(color.equalize),
        "rotate": Operation(geometry.rotate, 0, turn, True),
        "solarize": Operation(color.solarize, 256, 0),
        "color": Operation(color.color, 0, enhance, True),
        "posterize": Operation(color.posterize, 8, bits),
        "contrast": Operation(color.contrast, 0, enhance, True),
        "brightness": Operation(color.brightness, 0, enhance, True),
        "sharpness": Operation(color.sharpness, 0, enhance, True),
        "shear x": Operation(geometry.shear_x, 0, shear, True),
        "shear y": Operation(geometry.shear_y, 0, shear, True),
        "translate x": Operation(geometry.translate_x, 0, move, True),
        "translate y": Operation(geometry.translate_y, 0, move, True),
    }


def randaugment(images: Images, rng: torch.Generator) -> Images:
    """Two changes one after another, drawn for each image, at magnitude 9 of 10.

    Source: Cubuk et al. 2020, arXiv 1909.13719, with the ranges of its code: shearing up to 0.3, moving
    up to 150/331 of the side, turning up to 30 degrees, 4 bits, and enhancing by up to 0.9.
    """
    side = images.shape[3]
    known = operations(shear=0.3, move=150 / 331 * side, turn=30, enhance=0.9, bits=4)
    for _ in range(OPERATIONS):
        images = _each_its_own(images, known, torch.full((len(images),), MAGNITUDE), rng)
    return images


def trivialaugment(images: Images, rng: torch.Generator) -> Images:
    """One change and one magnitude from 0 to 30, drawn for each image.

    Source: Müller & Hutter 2021, arXiv 2103.10158, table 1, the wide ranges: shearing and enhancing up to
    0.99, moving up to 32 pixels, turning up to 135 degrees, 2 bits.
    """
    known = operations(shear=0.99, move=32, turn=135, enhance=0.99, bits=2)
    magnitudes = torch.randint(LEVELS + 1, (len(images),), generator=rng).float()
    return _each_its_own(images, known, magnitudes, rng)


def _each_its_own(
    images: Images,
    known: Mapping[str, Operation],
    magnitudes: Float[Tensor, " s"],
    rng: torch.Generator,
) -> Images:
    """One of the known changes for each image, all images of one change at once."""
    drawn = torch.randint(len(known), (len(images),), generator=rng)
    signs = 2 * torch.randint(2, (len(images),), generator=rng) - 1
    changed = images.clone()
    for i, operation in enumerate(known.values()):
        rows = (drawn == i).nonzero().flatten()
        if len(rows):
            amounts = operation.amounts(magnitudes[rows], signs[rows])
            there = rows.to(images.device)
            changed[there] = operation.change(images[there], amounts)
    return changed
