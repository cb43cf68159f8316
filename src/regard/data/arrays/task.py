"""A task: a user's own arrays."""

from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any, final

import numpy as np
import torch
from jaxtyping import Float, UInt8
from numpy.typing import NDArray
from torch import Tensor

from regard.core.shapes import ClassOutput, ImageInput, Shape, TokenInput, TokenOutput
from regard.core.spec import Spec
from regard.data.arrays.keeping import kept
from regard.data.classes_left import require_classes
from regard.data.division import Division, Selection, identity
from regard.data.samples import IGNORED, Samples
from regard.data.sources import PartName
from regard.data.task import LookUp, SplitName, Task


@final
class ArrayTask(Task):
    """Samples of arrays that are kept in the cache (`regard.data.from_arrays`).

    `prepare` makes images and vectors floats of mean 0 and standard deviation 1 per channel over the training
    samples. `chance` is what the most frequent target of training reaches on the test samples.
    """

    metric = "accuracy"
    known_look_up = LookUp(1.0, "a single number may say it all in arrays of your own")

    def __init__(self, data: str, *, causal: bool, held_out: float, data_seed: int) -> None:
        self.require(
            0 < held_out < 0.5, f"held_out is a share, above 0 and below 0.5, but is {held_out}. Change it."
        )
        self.data, self.causal, self.held_out, self.data_seed = data, causal, held_out, data_seed
        self.content = data

    @property
    def name(self) -> str:
        return "arrays"

    @property
    def spec(self) -> Spec:
        """How a description names this task."""
        return Spec.of(
            self.name,
            data=self.data,
            causal=self.causal,
            held_out=self.held_out,
            data_seed=self.data_seed,
        )

    @cached_property
    def labels(self) -> tuple[str, ...] | None:
        return self._kept[1]

    @cached_property
    def shape(self) -> Shape:
        inputs, targets = self._arrays["train_inputs"], self._arrays["train_targets"]
        given: TokenInput | ImageInput
        if inputs.ndim == 2:
            given = TokenInput(self._largest("inputs") + 1, inputs.shape[1], self.causal)
        else:
            given = ImageInput(*inputs.shape[1:])
        if targets.ndim == 2:
            return Shape(given, TokenOutput(self._largest("targets") + 1))
        return Shape(given, ClassOutput(len(self.labels or ())))

    @cached_property
    def chance(self) -> float:
        train, test = self.split("train").targets, self.split("test").targets
        favorite = train[train != IGNORED].mode().values
        right, asked = (test == favorite).float(), (test != IGNORED).float()
        if test.ndim == 1:
            return right.mean().item()
        return (right.sum(1) / asked.sum(1).clamp_min(1)).mean().item()

    @property
    def fixed(self) -> tuple[SplitName, ...]:
        return tuple(name for name in self._parts if name != "train")

    def split(self, name: SplitName) -> Samples:
        selection = self._selections[name]
        names = {field: f"{selection.part}_{field}" for field in ("inputs", "targets", "keys")}
        found = {
            field: torch.from_numpy(np.asarray(self._arrays[each][selection.rows]))
            for field, each in names.items()
            if each in self._arrays
        }
        return Samples(found["inputs"], found["targets"], found.get("keys"))

    def identities(self, samples: Samples) -> list[str]:
        found = _identities(samples.inputs.cpu().numpy()).tolist()
        return [f"{each & (2**64 - 1):016x}" for each in found]

    def show(self, samples: Samples, i: int) -> str:
        given = samples.inputs[i]
        if given.ndim == 1:
            real = given if samples.keys is None else given[samples.keys[i]]
            shown = self.text(real)
        else:
            shown = f"{' x '.join(map(str, given.shape))}, mean {given.float().mean():.4g}"
        target = samples.targets[i]
        if target.ndim:
            return f"{shown} -> {self.text(target)}"
        return f"{(self.labels or ())[int(target)]}: {shown}"

    def picture(self, samples: Samples, i: int) -> UInt8[Tensor, "height width 3"] | None:
        """Of images and vectors, from the least level to the highest; other channels than 3 as one gray."""
        if samples.inputs.ndim == 2:
            return None
        levels = samples.inputs[i].float()
        if levels.shape[0] != 3:
            levels = levels.mean(0, keepdim=True)
        low, high = (0.0, 255.0) if samples.inputs.dtype == torch.uint8 else levels.aminmax()
        span = max(float(high - low), 1e-12)
        return ((levels - low) / span * 255).round().byte().permute(1, 2, 0).expand(-1, -1, 3)

    def prepare(self, samples: Samples) -> Samples:
        if samples.inputs.ndim == 2:
            return samples
        mean, deviation = (each.to(samples.inputs.device) for each in self._scale)
        return replace(samples, inputs=(samples.inputs.float() - mean) / deviation)

    def findings(self) -> dict[str, Any]:
        """The classes, and the levels by which images and vectors are prepared."""
        labels = None if self.labels is None else list(self.labels)
        tokens = self._arrays["train_inputs"].ndim == 2
        return {"labels": labels, "scale": None if tokens else [each.tolist() for each in self._scale]}

    def restore(self, findings: Mapping[str, Any]) -> None:
        labels, scale = findings["labels"], findings["scale"]
        self.labels = None if labels is None else tuple(labels)
        if scale is not None:
            self._scale = torch.tensor(scale[0]), torch.tensor(scale[1])

    @cached_property
    def _kept(self) -> tuple[dict[str, NDArray[Any]], tuple[str, ...] | None]:
        return kept(self.data)

    @property
    def _arrays(self) -> dict[str, NDArray[Any]]:
        return self._kept[0]

    @property
    def _parts(self) -> list[PartName]:
        names: list[PartName] = ["train", "validation", "test"]
        return [name for name in names if f"{name}_inputs" in self._arrays]

    def _largest(self, field: str) -> int:
        return max(int(self._arrays[f"{part}_{field}"].max()) for part in self._parts)

    @cached_property
    def _selections(self) -> dict[SplitName, Selection]:
        identities = {name: _identities(self._arrays[f"{name}_inputs"]) for name in self._parts}
        targets = self._arrays["train_targets"]
        strata = targets if targets.ndim == 1 else np.zeros(len(targets), np.int64)
        division = Division(self.held_out, None, self.data_seed, "sample")
        found = division.of(identities, np.asarray(strata))
        if self.labels is not None:
            left = {name: self._arrays[f"{each.part}_targets"][each.rows] for name, each in found.items()}
            require_classes(targets, left, self.labels, division.noun)
        return found

    @cached_property
    def _scale(self) -> tuple[Float[Tensor, "channels 1 1"], Float[Tensor, "channels 1 1"]]:
        """Mean and standard deviation of the levels of the training samples."""
        levels = self.split("train").inputs.double()
        mean = levels.mean((0, 2, 3), keepdim=True)[0]
        deviation = levels.std((0, 2, 3), correction=0, keepdim=True)[0]
        # what is the same everywhere has deviation 0
        return mean.float(), torch.where(deviation > 0, deviation, 1.0).float()


def _identities(inputs: NDArray[Any]) -> NDArray[np.int64]:
    return np.array([identity(row) for row in np.ascontiguousarray(inputs)], np.int64)
