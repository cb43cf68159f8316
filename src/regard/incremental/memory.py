"""Memory that is kept between candidates."""

import torch

LARGEST = 31 * 2**20
"""Bytes; glibc learns nothing from blocks above 32 MiB."""


def keep_freed_memory() -> None:
    """Have the allocator keep what is let go, for the next candidates, rather than return it to the system.

    Pages that were returned are cleared when they are taken again, which can cost as much as the candidates
    themselves. glibc keeps twice the size of the largest block that was ever mapped for itself and let go
    (mallopt(3), M_TRIM_THRESHOLD), so that one such block is made, never touched, and let go. Elsewhere
    nothing happens.
    """
    torch.empty(LARGEST, dtype=torch.uint8, device="cpu")
