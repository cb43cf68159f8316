"""Named random streams: every use of chance has its own, so that one never shifts another."""

import hashlib

import torch


def seed_of(seed: int, *name: str | int) -> int:
    """A 63-bit seed for the stream `name` of a run with `seed`: the same on every machine."""
    text = "/".join(str(part) for part in (seed, *name))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 1


def stream(seed: int, *name: str | int) -> torch.Generator:
    """A generator on the CPU for the stream `name`, for instance `stream(7, "order", epoch)`."""
    return torch.Generator().manual_seed(seed_of(seed, *name))
