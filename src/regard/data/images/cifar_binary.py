"""CIFAR-10's binary batches: for each image a byte of its label, then its red, green and blue levels."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from regard.core.errors import Corrupt

RECORD = 1 + 3 * 32 * 32
"""Bytes of an image with its label."""


def read_binary(path: Path) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    """Labels, (s,), and images, (s, 3, 32, 32). Raises `Corrupt` where a record is not whole, or none is."""
    raw = np.frombuffer(path.read_bytes(), np.uint8)
    if not len(raw) or len(raw) % RECORD:
        message = f"{path} should hold records of {RECORD:,} bytes, but has {len(raw):,} bytes."
        raise Corrupt(f"{message} Download it again.")
    records = raw.reshape(-1, RECORD)
    return records[:, 0].astype(np.int64), records[:, 1:].reshape(-1, 3, 32, 32)
