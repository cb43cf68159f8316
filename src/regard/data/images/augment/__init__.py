"""Random changes of training images that leave their classes right.

Images are bytes, (s, channels, height, width), and every change is integer arithmetic where the images
lie, with random numbers drawn on the CPU: the same images on every device, and what Pillow makes of them.
"""

from regard.data.images.augment.augmentation import Augmentation

__all__ = ["Augmentation"]
