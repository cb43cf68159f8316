"""Named random generators: whatever is drawn has its own, so that no draw ever shifts another."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

import torch


def seed_of(seed: int, *name: str | int) -> int:
    """A 63-bit seed for the generator `name` of a run with `seed`: the same on every machine."""
    text = "/".join(str(part) for part in (seed, *name))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 1


def generator_of(seed: int, *name: str | int) -> torch.Generator:
    """The generator `name`, on the CPU, for instance `generator_of(7, "order", epoch)`."""
    return torch.Generator().manual_seed(seed_of(seed, *name))


@contextmanager
def undisturbed(device: torch.device) -> Iterator[None]:
    """Leave torch's own generators as they are, whatever is drawn or seeded inside."""
    if device.type == "cpu":
        with torch.random.fork_rng(devices=[]):
            yield
    else:
        with torch.random.fork_rng(devices=[device.index or 0], device_type=device.type):
            yield


def reseed(device: torch.device, seed: int) -> None:
    """Seed what dropout and the like draw from, on the CPU and on one device.

    `torch.manual_seed` would do it for every device there is, which takes longer than a small batch.
    """
    torch.default_generator.manual_seed(seed)
    if device.type != "cpu":
        torch.get_device_module(device).manual_seed(seed)
