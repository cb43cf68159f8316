"""What a user chooses of a task with images."""

from dataclasses import dataclass
from typing import final


@final
@dataclass(frozen=True, kw_only=True)
class ImageSettings:
    """The options that all tasks with images share."""

    resolution: int
    """Pixels on each side."""
    augmentation: tuple[str, ...]
    """What varies training images, in this order."""
    held_out: float
    """The share of training images, class by class, that is set apart for validation."""
    samples: int | None
    """How many of the remaining training images to use; None for all."""
    data_seed: int
    """Which images are set apart."""
