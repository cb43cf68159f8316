"""A task: what does the image show?"""

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any, final

import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch import Tensor

from regard.core.shapes import ClassOutput, ImageInput, Shape
from regard.data.classes_left import require_classes
from regard.data.division import Division, Selection, identity
from regard.data.images.augment import Augmentation
from regard.data.images.collection import Collection, ImagePart
from regard.data.images.notes import note_on
from regard.data.images.pixels import Pixels, gathered, pixels_of
from regard.data.images.settings import ImageSettings
from regard.data.samples import Samples
from regard.data.sources import PartName
from regard.data.task import LookUp, Predict, SplitName, Task

LARGEST = 2**31
"""Bytes of training images that are copied into memory; more are arranged on the disk."""
LARGEST_SIDE = 1024


@final
class ImageClassification(Task):
    """Images of a collection with one class each.

    Samples are bytes, (b, channels, resolution, resolution); `prepare` makes floats of mean 0 and standard
    deviation 1 per channel over the training images. The published test part is the test split;
    validation is taken out of training. `chance` is the share of test images in the class most frequent
    in training. `details` has the top-5 accuracy where there are ten classes or more.

    resolution: height and width of the images, in pixels.

    Raises `MissingFile` and `Corrupt`, when samples are first asked for, for data that are not there or
    cannot be trusted.
    """

    metric = "top-1 accuracy"

    def __init__(self, collection: Collection, settings: ImageSettings) -> None:
        self.collection, self.settings = collection, settings
        self.require_between("resolution", settings.resolution, 4, LARGEST_SIDE)
        held_out, samples = settings.held_out, settings.samples
        self.require(
            0 < held_out < 0.5,
            f"held_out is a share of the training images, above 0 and below 0.5, but is {held_out}.",
        )
        self.require(samples is None or samples >= 1, f"samples must be at least 1, but is {samples}.")
        self._augmentation = Augmentation(self.name, settings.augmentation)

    @property
    def name(self) -> str:
        return self.collection.name

    @cached_property
    def labels(self) -> tuple[str, ...]:
        return self.collection.contents.classes

    @cached_property
    def shape(self) -> Shape:
        side = self.settings.resolution
        return Shape(ImageInput(self.collection.channels, side, side), ClassOutput(len(self.labels)))

    @cached_property
    def chance(self) -> float:
        most_frequent = self.split("train").targets.bincount().argmax()
        return (self.split("test").targets == most_frequent).float().mean().item()

    @cached_property
    def note(self) -> str | None:
        """In what the data are not the original: a part, or compressed with loss. None if in nothing."""
        return note_on(self.collection, any(pixels.lossy.any() for pixels in self._pixels.values()))

    @cached_property
    def content(self) -> str:
        parts = ", ".join(f"{name} {part.content}" for name, part in self._parts.items())
        return hashlib.sha256(parts.encode()).hexdigest()

    @property
    def known_look_up(self) -> LookUp | None:
        return self.collection.known_look_up

    @property
    def fixed(self) -> tuple[SplitName, ...]:
        """What was published apart from the training images."""
        return tuple(name for name in self._parts if name != "train")

    def split(self, name: SplitName) -> Samples:
        return self._splits[name]

    def identities(self, samples: Samples) -> list[str]:
        return [f"{identity(image) & (2**64 - 1):016x}" for image in samples.inputs.cpu().numpy()]

    def show(self, samples: Samples, i: int) -> str:
        image = samples.inputs[i]
        levels = image.float().mean((1, 2)).expand(3)
        color = "".join(f"{round(level):02x}" for level in levels.tolist())
        side = self.settings.resolution
        return f"{self.labels[samples.targets[i]]}: {side}x{side}, mean color #{color}"

    def picture(self, samples: Samples, i: int) -> UInt8[Tensor, "height width 3"]:
        return samples.inputs[i].permute(1, 2, 0).expand(-1, -1, 3)

    def details(self, predict: Predict, samples: Samples) -> dict[str, Float[Tensor, " b"]]:
        if len(self.labels) < 10:
            return {}
        likeliest = predict(*samples.given).topk(5).indices
        return {"top-5": (likeliest == samples.targets.unsqueeze(1)).any(1).float()}

    def chances(self) -> dict[str, float]:
        """Five guesses at classes of equal size."""
        return {"top-5": 5 / len(self.labels)} if len(self.labels) >= 10 else {}

    def augment(self, samples: Samples, rng: torch.Generator) -> Samples:
        return self._augmentation(samples, len(self.labels), rng)

    def prepare(self, samples: Samples) -> Samples:
        """Floats of mean 0 and standard deviation 1 per channel over the training images."""
        mean, deviation = (t.to(samples.inputs.device) for t in self._scale)
        return replace(samples, inputs=(samples.inputs.float() - mean) / deviation)

    def findings(self) -> dict[str, Any]:
        """The classes, and the levels by which images are prepared."""
        mean, deviation = (each.flatten().tolist() for each in self._scale)
        return {"labels": list(self.labels), "mean": mean, "deviation": deviation}

    def restore(self, findings: Mapping[str, Any]) -> None:
        self.labels = tuple(findings["labels"])
        mean, deviation = (torch.tensor(findings[name])[:, None, None] for name in ("mean", "deviation"))
        self._scale = mean, deviation

    @cached_property
    def _pixels(self) -> dict[PartName, Pixels]:
        side, channels = self.settings.resolution, self.collection.channels
        return {name: pixels_of(self.name, part, side, channels) for name, part in self._parts.items()}

    @property
    def _parts(self) -> Mapping[PartName, ImagePart]:
        return self.collection.contents.parts

    @cached_property
    def _selections(self) -> dict[SplitName, Selection]:
        settings = self.settings
        division = Division(settings.held_out, settings.samples, settings.data_seed)
        identities = {name: pixels.identities for name, pixels in self._pixels.items()}
        whole = self._parts["train"].labels
        found = division.of(identities, whole)
        left = {name: self._parts[each.part].labels[each.rows] for name, each in found.items()}
        require_classes(whole, left, self.labels, division.noun)
        return found

    @cached_property
    def _scale(self) -> tuple[Float[Tensor, "channels 1 1"], Float[Tensor, "channels 1 1"]]:
        """Mean and standard deviation of the levels of the training images."""
        train = self._selections["train"]
        mean, deviation = self._pixels[train.part].statistics(train.rows)
        return torch.from_numpy(mean).float()[:, None, None], torch.from_numpy(deviation).float()[
            :, None, None
        ]

    @cached_property
    def _splits(self) -> dict[SplitName, Samples]:
        return {name: self._samples(selection) for name, selection in self._selections.items()}

    def _samples(self, selection: Selection) -> Samples:
        part, rows = self._parts[selection.part], selection.rows
        images = self._pixels[selection.part].images
        if len(rows) == len(images):
            chosen = images
        elif len(rows) * images[0].size <= LARGEST:
            chosen = images[rows]
        else:
            chosen = gathered(self.name, f"{part.content} {images.shape}", images, rows)
        return Samples(torch.from_numpy(np.asarray(chosen)), torch.from_numpy(part.labels[rows]))
