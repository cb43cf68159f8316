"""Gradients of an output to all that it may depend on."""

import torch
from torch import Tensor

from regard.attention.mechanism import Mechanism
from regard.attention.trial.inputs import Inputs
from regard.core.randomness import stream


def weighted(output: Tensor) -> Tensor:
    """A fixed random weighting of all outputs, as a number to differentiate."""
    weights = torch.randn(output.shape, generator=stream(0, "conformance", "weighting"), dtype=torch.float64)
    return (output * weights.to(output.dtype)).sum()


def gradients(output: Tensor, mechanism: Mechanism, inputs: Inputs) -> dict[str, Tensor]:
    """The gradient of a fixed weighting of the outputs to q, k, v and every parameter, by name.

    Zero for what the output does not depend on.
    """
    leaves = dict(zip("qkv", inputs, strict=True)) | {
        name: parameter for name, parameter in mechanism.named_parameters() if parameter.requires_grad
    }
    if not output.requires_grad:
        return {name: torch.zeros_like(leaf) for name, leaf in leaves.items()}
    slopes = torch.autograd.grad(
        weighted(output), list(leaves.values()), allow_unused=True, materialize_grads=True
    )
    return dict(zip(leaves, slopes, strict=True))
