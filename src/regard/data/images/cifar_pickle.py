"""CIFAR-10's pickled batches, read without running anything that a file names.

A pickle is a program: it calls what it names. Here whatever it may name is a stand-in that only writes down
how it was called, so not even numpy runs: its arrays could be told to take bytes for pointers.
"""

import io
import pickle
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from regard.core.errors import Corrupt

LEVELS = 3 * 32 * 32
ARRAYS = frozenset({"numpy.core.multiarray._reconstruct", "numpy._core.multiarray._reconstruct"})
"""What makes an array, of numpy before version 2 and since."""
TYPES = frozenset({"numpy.ndarray", "numpy.dtype"})
BYTES = "_codecs.encode"
"""How Python 3 writes bytes so that Python 2 can read them."""
UNREADABLE = (
    pickle.UnpicklingError,
    ArithmeticError,
    AttributeError,
    EOFError,
    LookupError,
    MemoryError,
    TypeError,
    ValueError,
)
"""What an unpickler raises for bytes that are no pickle, or not all of one."""


def read_pickle(path: Path) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    """Labels, (s,), and images, (s, 3, 32, 32). Raises `Corrupt` for a pickle of anything else."""
    batch = _loaded(path)
    match batch:
        case {b"labels": list(labels), b"data": _Call(name, _, state)} if name in ARRAYS:
            images = _images(state)
        case _:
            raise Corrupt(_refused(path, "it holds no lists of labels and arrays of images"))
    if images is None:
        raise Corrupt(_refused(path, f"its images are no whole array of {LEVELS:,} bytes each"))
    if not all(isinstance(label, int) and 0 <= label < 256 for label in labels):
        raise Corrupt(_refused(path, "a label is no number from 0 to 9"))
    if len(labels) != len(images) or not labels:
        raise Corrupt(_refused(path, f"it holds {len(images):,} images and {len(labels):,} labels"))
    return np.array(labels, np.int64), images


def _images(state: Any) -> NDArray[np.uint8] | None:
    """The images in an array's state; None where it is that of another array."""
    match state:
        case (
            _,
            (int(count), 3072),
            _Call("numpy.dtype", (b"u1" | "u1", *_)),
            False,
            bytes(levels),
        ) if len(levels) == count * LEVELS:
            return np.frombuffer(levels, np.uint8).reshape(count, 3, 32, 32)
    return None


def _loaded(path: Path) -> Any:
    """What was pickled, with calls in the place of arrays."""
    try:
        return _Unpickler(io.BytesIO(path.read_bytes()), encoding="bytes").load()
    except UNREADABLE as error:
        reason = " ".join(str(error).split()).rstrip(".") or type(error).__name__
        raise Corrupt(_refused(path, reason)) from error


def _refused(path: Path, reason: str) -> str:
    return f"{path} is no batch of CIFAR-10: {reason}. Nothing in it was run. Download it again."


@final
@dataclass
class _Call:
    """A call that was not made."""

    name: str
    arguments: tuple[Any, ...]
    state: Any = None

    def __setstate__(self, state: Any) -> None:
        self.state = state


@final
class _Name:
    """Stands in for a function or a class. Each is new: a pickle that alters one alters no other."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __call__(self, *arguments: Any) -> _Call:
        return _Call(self.name, arguments)


@final
class _Unpickler(pickle.Unpickler):
    """Knows the names that batches need, and none else."""

    def find_class(self, module: str, name: str) -> Callable[..., Any]:
        """A stand-in. Raises `UnpicklingError` for other names."""
        full = f"{module}.{name}"
        if full == BYTES:
            return lambda text, _: text.encode("latin-1")
        if full not in ARRAYS | TYPES:
            raise pickle.UnpicklingError(f"it names {full!r}, which no batch needs")
        return _Name(full)
