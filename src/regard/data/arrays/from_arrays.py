"""The way in: a user's own arrays from Python."""

from typing import Any

import numpy as np

from regard.core.errors import InvalidOption
from regard.data.arrays.given import GivenPart, labels_of
from regard.data.arrays.keeping import keep
from regard.data.arrays.task import ArrayTask
from regard.data.sources import PartName
from regard.data.sources.classes import Classes
from regard.data.sources.part import require_two

Pair = tuple[Any, ...]
"""Inputs and targets, and keys where the training data have some."""


def from_arrays(  # noqa: PLR0913 (its arguments are the options of a task)
    inputs: Any,
    targets: Any,
    *,
    keys: Any = None,
    validation: Pair | None = None,
    test: Pair | None = None,
    causal: bool = False,
    held_out: float = 0.1,
    data_seed: int = 0,
) -> ArrayTask:
    """A task of your own arrays, tensors or lists.

        task = regard.data.from_arrays(inputs, targets)
        for measurement in regard.fit(regard.Run(task=task.spec, mechanisms=(regard.Spec("softmax"),))): ...

    `inputs`: tokens, (s, n), whole numbers from 0; images, (s, channels, height, width), bytes or floats;
    sequences of vectors, (s, n, features), or of numbers, (s, n), as floats: they are images one pixel high,
    so set model.patch=1. `targets`: a label for each sample, (s,), a number or a word; or for tokens a number
    for each, (s, n), -100 where none is asked for. `keys`: which tokens are no padding, (s, n).
    `validation` and `test`: pairs (inputs, targets), or triples with keys; what is missing is taken out of
    the samples, a share `held_out` each. Samples with equal inputs lie in one split. `causal`: tokens are
    read from left to right.

    The arrays are kept in the cache under the hash of their content, by which `task.spec` names them: workers
    find them there, and a description with it means the same arrays everywhere. Raises `InvalidOption` or
    `Corrupt` for arrays that are no samples, in one line.
    """
    given: dict[PartName, Pair | None] = {
        "train": (inputs, targets, keys),
        "validation": validation,
        "test": test,
    }
    parts = {name: GivenPart.of(name, *part) for name, part in given.items() if part is not None}
    for name, part in parts.items():
        if not part.same_kind(parts["train"]):
            message = f"from_arrays, {name}: its samples are of another shape or type than those to train on:"
            raise InvalidOption(
                f"{message} {part.inputs.shape[1:]} {part.inputs.dtype} instead of "
                f"{parts['train'].inputs.shape[1:]} {parts['train'].inputs.dtype}. Give the same kind."
            )
    arrays = {f"{name}_inputs": part.inputs for name, part in parts.items()}
    arrays |= {f"{name}_keys": part.keys for name, part in parts.items() if part.keys is not None}
    labels = None
    if parts["train"].targets.ndim == 1:
        classes = Classes.among(labels_of(parts["train"]), None, _where("train"))
        require_two("train", classes.names, _where("train")(0))
        labels = classes.names
        arrays |= {f"{n}_targets": classes.numbered(labels_of(part), _where(n)) for n, part in parts.items()}
        if test is not None:
            present = [labels[number] for number in np.unique(arrays["test_targets"])]
            require_two("test", present, _where("test")(0))
    else:
        arrays |= {f"{name}_targets": part.targets for name, part in parts.items()}
    return ArrayTask(keep(arrays, labels), causal=causal, held_out=held_out, data_seed=data_seed)


def _where(name: PartName) -> Any:
    return lambda row: f"from_arrays, {name}, sample {row},"
