"""How large the numbers of each parameter are."""

import torch
from jaxtyping import Float64
from torch import Tensor

from regard.derivative_free.space import Space


def tensor_scales(space: Space) -> Float64[Tensor, " tensors"]:
    """For each parameter the root mean square of its numbers; of one of zeros 1 / sqrt(its last dimension),
    so that it moves too.
    """
    return torch.tensor([_scale(each.detach()) for each in space.parameters.values()], dtype=torch.float64)


def _scale(parameter: Tensor) -> float:
    size = parameter.cpu().double().square().mean().sqrt().item()
    return size or float(parameter.shape[-1] if parameter.ndim else 1) ** -0.5
