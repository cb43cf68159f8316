"""Directions in which all numbers of a space move at once, drawn from seeds."""

import torch
from jaxtyping import Float
from torch import Tensor

from regard.core.randomness import generator_of
from regard.derivative_free.space import Space

Drawn = Float[Tensor, "..."]


def noise(space: Space, seed: int, name: str, *draw: str | int) -> Drawn:
    """Standard normal noise for one parameter, on its device, in float32 or in float64 where it is of that.

    Every parameter has a generator of its own: noise of tensors of equal shape is independent, and that of
    one can be drawn again without the others.
    """
    return _normal(space, seed, name, *draw, shape=tuple(space.parameters[name].shape))


def low_rank(space: Space, seed: int, name: str, *draw: str | int, rank: int) -> Drawn:
    """A B^T / sqrt(rank) for a parameter of two dimensions or more, taken as a matrix of its first dimension
    and all others, with standard normal A and B: of unit variance. Noise for a parameter of fewer dimensions.
    """
    parameter = space.parameters[name]
    if parameter.ndim < 2:
        return noise(space, seed, name, *draw)
    rows = parameter.shape[0]
    a = _normal(space, seed, name, *draw, "a", shape=(rows, rank))
    b = _normal(space, seed, name, *draw, "b", shape=(parameter.numel() // rows, rank))
    return (a @ b.T / rank**0.5).reshape(parameter.shape)


def _normal(space: Space, seed: int, *draw: str | int, shape: tuple[int, ...]) -> Drawn:
    parameter = space.parameters[str(draw[0])]
    dtype = torch.float64 if parameter.dtype == torch.float64 else torch.float32
    drawn = torch.randn(shape, generator=generator_of(seed, "direction", *draw), dtype=dtype)
    return drawn.to(parameter.device)
