"""Products of many positions with one matrix, by the fastest kernel at hand."""

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import conv2d, linear

ENOUGH = 1024
"""Positions from which on the other kernel pays."""

IMAGES = 16
"""Of so many images torch leaves the convolution to oneDNN with one thread as well."""


def product(
    x: Float[Tensor, "p tokens in"],
    weight: Float[Tensor, "out in"],
    bias: Float[Tensor, " out"] | None = None,
) -> Float[Tensor, "p tokens out"]:
    """x Wᵀ + b.

    A convolution of one position over the same memory: torch computes it by oneDNN, which uses all of a CPU's
    vector width whoever made it, where the library behind `linear` does not on some.
    """
    positions = x.shape[0] * x.shape[1]
    if x.dtype != torch.float32 or x.device.type != "cpu" or positions < ENOUGH or positions % IMAGES:
        return linear(x, weight, bias)
    image = x.reshape(IMAGES, positions // IMAGES, 1, x.shape[2]).permute(0, 3, 1, 2)
    found = conv2d(image, weight[:, :, None, None], bias)
    return found.permute(0, 2, 3, 1).reshape(*x.shape[:2], len(weight))
