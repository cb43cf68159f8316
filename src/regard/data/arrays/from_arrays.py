"""The way in: a user's own arrays from Python."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

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

    `inputs`: tokens, (s, n), whole numbers from 0; images, (s, channels, height, width), bytes or floats, or
    gray ones, (s, height, width), bytes; sequences of vectors, (s, n, features), or of numbers, (s, n), as
    floats: they are images one pixel high, so set model.patch=1. `targets`: a label for each sample, (s,), a
    number or a word; or for tokens a number for each, (s, n), -100 where none is asked for. `keys`: which
    tokens are no padding, (s, n). `validation` and `test`: pairs (inputs, targets), or triples with keys;
    what is missing is taken out of the samples, a share `held_out` each. Samples with equal inputs lie in one
    split. `causal`: tokens are read from left to right.

    The arrays are kept in the cache under the hash of their content, by which `task.spec` names them: workers
    find them there, and a description with it means the same arrays everywhere. Raises `InvalidOption` or
    `Corrupt` for arrays that are no samples, in one line.
    """
    parts = _parts({"train": (inputs, targets, keys), "validation": validation, "test": test})
    arrays = {f"{name}_inputs": part.inputs for name, part in parts.items()}
    arrays |= {f"{name}_keys": part.keys for name, part in parts.items() if part.keys is not None}
    labels = _labels(parts) if parts["train"].targets.ndim == 1 else None
    for name, part in parts.items():
        arrays[f"{name}_targets"] = part.targets if labels is None else labels.numbers[name]
    data = keep(arrays, None if labels is None else labels.names)
    return ArrayTask(data, causal=causal, held_out=held_out, data_seed=data_seed)


@final
@dataclass(frozen=True, eq=False)
class _Labels:
    """Classes, and the number of each sample's class in each part."""

    names: tuple[str, ...]
    numbers: Mapping[PartName, NDArray[np.int64]]


def _parts(given: Mapping[PartName, Pair | None]) -> dict[PartName, GivenPart]:
    """The parts that were given, checked one by one and against one another."""
    found: dict[PartName, GivenPart] = {}
    for name, pair in given.items():
        if pair is None:
            continue
        if not isinstance(pair, tuple | list) or len(pair) not in (2, 3):
            message = f"from_arrays: {name} must be a pair (inputs, targets), or a triple with keys, but is"
            raise InvalidOption(f"{message} of type {type(pair).__name__}.")
        part = found[name] = GivenPart.of(name, *pair)
        if not part.same_kind(found["train"]):
            message = f"from_arrays, {name}: its samples are of another kind than those to train on:"
            first = found["train"].kind
            raise InvalidOption(f"{message} {part.kind} instead of {first}. Give the same kind.")
    return found


def _labels(parts: Mapping[PartName, GivenPart]) -> _Labels:
    """Classes are the labels that occur in training. Raises `Corrupt`, also for one class alone."""
    where = {name: partial(_where, name) for name in parts}
    classes = Classes.among(labels_of(parts["train"]), None, where["train"])
    numbers = {name: classes.numbered(labels_of(part), where[name]) for name, part in parts.items()}
    for name, found in numbers.items():
        if name != "validation":
            present = [classes.names[number] for number in np.unique(found)]
            require_two(name, present, where[name](0))
    return _Labels(classes.names, numbers)


def _where(name: PartName, row: int) -> str:
    return f"from_arrays, {name}, sample {row},"
