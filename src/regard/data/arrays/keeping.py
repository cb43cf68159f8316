"""Arrays kept in the cache under the hash of what they hold."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from regard.core.errors import MissingFile
from regard.data.sources import Writer, cached

NAME = "arrays"
HASH_LENGTH = 32
"""Hexadecimal digits: 128 bits."""


def keep(arrays: Mapping[str, NDArray[Any]], labels: tuple[str, ...] | None) -> str:
    """Write them, unless they are there already. Returns the hash by which `kept` finds them."""
    every = {**arrays, "labels": np.frombuffer(json.dumps(labels).encode(), np.uint8)}
    total = hashlib.sha256()
    for name, array in sorted(every.items()):
        total.update(f"{name} {array.dtype.str} {array.shape}".encode())
        total.update(np.ascontiguousarray(array).data)
    found = total.hexdigest()[:HASH_LENGTH]

    def write(writer: Writer) -> None:
        for name, array in every.items():
            writer.save(name, array)

    cached(NAME, found, write)
    return found


def kept(data: str) -> tuple[dict[str, NDArray[Any]], tuple[str, ...] | None]:
    """The arrays of that hash, memory-mapped, and the names of classes. Raises `MissingFile`."""

    def refuse(writer: Writer) -> None:
        message = f"arrays: the cache {writer.folder.parent} does not hold the arrays '{data}'."
        raise MissingFile(f"{message} Call regard.data.from_arrays with the same arrays again.")

    arrays: dict[str, NDArray[Any]] = dict(cached(NAME, data, refuse))
    labels = json.loads(arrays.pop("labels").tobytes())
    return arrays, None if labels is None else tuple(labels)
