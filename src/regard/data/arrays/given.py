"""What a user gives: inputs with their targets, checked and brought into one form."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self, final

import numpy as np
import torch
from numpy.typing import NDArray

from regard.core.errors import InvalidOption
from regard.data.samples import IGNORED
from regard.data.sources import PartName

KINDS = (
    "whole numbers (s, n) are tokens, levels (s, channels, height, width) are images, bytes "
    "(s, height, width) gray ones, and floats (s, n, features) are sequences of vectors, or (s, n) of numbers"
)
COLORS = (1, 3, 4)
"""Usual numbers of channels."""
LARGEST_TOKEN = 2**20


@final
@dataclass(frozen=True, eq=False)
class GivenPart:
    """One part of a set."""

    inputs: NDArray[Any]
    """Tokens, (s, n), int64; or uint8 or float32, (s, channels, height, width)."""
    targets: NDArray[Any]
    """One label each, (s,); or a number for each token, (s, n), int64, `IGNORED` where none is asked for."""
    keys: NDArray[np.bool_] | None
    """Which tokens are no padding, (s, n)."""

    @classmethod
    def of(cls, name: PartName, inputs: Any, targets: Any, keys: Any = None) -> Self:
        """Checked. Raises `InvalidOption`, which names the part, for arrays that are no samples."""
        found = _inputs(name, inputs)
        labels = np.atleast_1d(_array(targets))
        if len(labels) != len(found) or not len(found):
            raise InvalidOption(
                f"from_arrays, {name}: {len(found):,} inputs have {len(labels):,} targets. Give one for each."
            )
        if labels.ndim == 2 and found.ndim == 2 and labels.shape == found.shape:
            labels = _numbers(name, labels)
        elif labels.ndim != 1:
            message = (
                f"from_arrays, {name}: targets of shape {labels.shape} do not fit inputs of {found.shape}."
            )
            raise InvalidOption(f"{message} Give one per sample, or one per token.")
        return cls(found, labels, _keys(name, keys, found))

    @property
    def kind(self) -> str:
        """What errors call its samples."""
        targets = "a target" if self.targets.ndim == 1 else "targets for each token"
        keys = "no keys" if self.keys is None else "keys"
        return f"{self.inputs.shape[1:]} {self.inputs.dtype} with {targets} and {keys}"

    def same_kind(self, other: "GivenPart") -> bool:
        """Whether samples of both can be samples of one task."""
        return (
            self.inputs.shape[1:] == other.inputs.shape[1:]
            and self.inputs.dtype == other.inputs.dtype
            and self.targets.ndim == other.targets.ndim
            and (self.keys is None) == (other.keys is None)
        )


def _inputs(name: PartName, given: Any) -> NDArray[Any]:
    array = _array(given)
    shape = array.shape
    if 0 in shape:
        raise InvalidOption(f"from_arrays, {name}: inputs of shape {shape} are empty. Give some samples.")
    if array.ndim == 2 and array.dtype.kind in "iub":
        tokens = array.astype(np.int64)
        if tokens.min() < 0 or tokens.max() > LARGEST_TOKEN:
            message = f"from_arrays, {name}: tokens must lie between 0 and {LARGEST_TOKEN:,}, but go from "
            raise InvalidOption(f"{message}{tokens.min():,} to {tokens.max():,}. Number them anew.")
        return tokens
    if array.ndim == 3 and array.dtype == np.uint8:
        return array[:, None]
    if array.ndim == 4 and _channels_last(shape):
        message = f"from_arrays, {name}: images of shape {shape} have their channels last."
        raise InvalidOption(f"{message} Put them first: inputs.transpose(0, 3, 1, 2).")
    if array.ndim == 4 and array.dtype == np.uint8:
        return array
    if array.dtype.kind not in "fiu" or array.ndim not in (2, 3, 4):
        message = f"from_arrays, {name}: inputs of shape {shape} and type {array.dtype} are no samples:"
        raise InvalidOption(f"{message} {KINDS}.")
    with np.errstate(over="ignore"):
        levels = array.astype(np.float32)
    if not np.isfinite(levels).all():
        raise InvalidOption(f"from_arrays, {name}: inputs hold numbers that are not finite. Replace them.")
    if array.ndim == 4:
        return levels
    # a position is a pixel of an image one pixel high, a feature is a channel
    vectors = levels if array.ndim == 3 else levels[..., None]
    return np.ascontiguousarray(vectors.transpose(0, 2, 1)[:, :, None])


def _numbers(name: PartName, targets: NDArray[Any]) -> NDArray[np.int64]:
    numbers = targets.astype(np.int64)
    asked = numbers[numbers != IGNORED]
    if targets.dtype.kind not in "iub" or not len(asked) or asked.min() < 0 or asked.max() > LARGEST_TOKEN:
        message = (
            f"from_arrays, {name}: targets of tokens are numbers from 0 to {LARGEST_TOKEN:,}, or {IGNORED} "
        )
        raise InvalidOption(f"{message}where none is asked for. Number them anew.")
    silent = np.flatnonzero((numbers == IGNORED).all(1))
    if len(silent):
        message = f"from_arrays, {name}: sample {silent[0]} asks for nothing, all its targets are {IGNORED}."
        raise InvalidOption(f"{message} Leave it out.")
    if name != "validation" and asked.min() == asked.max():
        message = f"from_arrays, {name}: every target is {asked[0]}, so that there is nothing to learn."
        raise InvalidOption(f"{message} At least two different ones are needed.")
    return numbers


def _channels_last(shape: tuple[int, ...]) -> bool:
    """Whether images look as if their channels came behind height and width, as Pillow's do."""
    _, first, second, last = shape
    return last in COLORS and first not in COLORS and first > last != second


def _keys(name: PartName, keys: Any, inputs: NDArray[Any]) -> NDArray[np.bool_] | None:
    if keys is None:
        return None
    found = _array(keys)
    if found.shape != inputs.shape or found.dtype != np.bool_ or not found.any(1).all():
        message = (
            f"from_arrays, {name}: keys are truth values of the shape of tokens, {inputs.shape}, and true"
        )
        raise InvalidOption(f"{message} somewhere in each row, but are {found.dtype} of {found.shape}.")
    return found


def _array(given: Any) -> NDArray[Any]:
    """An array of tensors, arrays or lists."""
    if np.ma.is_masked(given):
        raise InvalidOption("from_arrays: some numbers of a masked array are hidden. Fill them: x.filled(0).")
    try:
        return np.asarray(_plain(given) if isinstance(given, torch.Tensor) else given)
    except ValueError as error:
        raise InvalidOption(
            f"from_arrays: rows differ in length ({error}). Pad them to one length."
        ) from error
    except (TypeError, RuntimeError) as error:
        # what torch raises for tensors that numpy has no arrays for
        reason = " ".join(str(error).split()).rstrip(".!")
        raise InvalidOption(
            f"from_arrays: an array cannot be made of what is given: {reason}. Give arrays."
        ) from error


def _plain(given: torch.Tensor) -> torch.Tensor:
    """The tensor where and in a type in which numpy takes it."""
    plain = given.detach().cpu().resolve_conj().resolve_neg()
    return plain.float() if plain.dtype == torch.bfloat16 else plain


def labels_of(part: GivenPart) -> Sequence[Any]:
    """The labels of a part with one for each sample."""
    labels: Sequence[Any] = part.targets.tolist()
    return labels
