"""Randomness of a run that leaves the caller's alone."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def undisturbed(device: torch.device) -> Iterator[None]:
    """Whatever is drawn or seeded inside, torch's own generators are afterwards as they were before."""
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
