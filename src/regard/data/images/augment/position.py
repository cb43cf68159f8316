"""Where in the picture things are: moved or mirrored."""

import torch
from jaxtyping import UInt8
from torch import Tensor
from torch.nn.functional import pad

MARGIN = 8
"""One pixel of margin for so many pixels of a side: 4 for images of 32 pixels, as is usual."""

Images = UInt8[Tensor, "s channels height width"]


def crop(images: Images, rng: torch.Generator) -> Images:
    """Each image moved up or down and left or right by up to an eighth of its side; black moves in."""
    s, _, height, width = images.shape
    margin = max(1, height // MARGIN)
    padded = pad(images, (margin, margin, margin, margin))
    moves = torch.randint(2 * margin + 1, (2, s, 1), generator=rng).to(images.device)
    down = moves[0] + torch.arange(height, device=images.device)
    right = moves[1] + torch.arange(width, device=images.device)
    image = torch.arange(s, device=images.device)
    moved = padded[image[:, None, None], :, down[:, :, None], right[:, None, :]]
    return moved.permute(0, 3, 1, 2).contiguous()


def flip(images: Images, rng: torch.Generator) -> Images:
    """Each image mirrored left to right, or not, with equal probability."""
    mirrored = torch.rand(len(images), generator=rng) < 0.5
    return torch.where(mirrored.to(images.device)[:, None, None, None], images.flip(3), images)
