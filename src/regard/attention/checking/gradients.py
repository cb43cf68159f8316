"""Gradients of an output to all that it may depend on."""

import torch
from torch import Tensor

from regard.attention.mechanism import Mechanism
from regard.attention.streams import Streams
from regard.core.randomness import generator_of


def weighted(output: Tensor) -> Tensor:
    """A fixed random weighting of all outputs, as a number to differentiate."""
    weights = torch.randn(
        output.shape, generator=generator_of(0, "conformance", "weighting"), dtype=torch.float64
    )
    return (output * weights.to(output)).sum()


def leaves(mechanism: Mechanism, streams: Streams[Tensor]) -> dict[str, Tensor]:
    """Every stream that has features and every parameter that learns, by name."""
    parameters = {
        name: parameter for name, parameter in mechanism.named_parameters() if parameter.requires_grad
    }
    return {name: each for name, each in streams.items() if each.numel()} | parameters


def gradient(output: Tensor, leaf: Tensor) -> Tensor:
    """The gradient of a fixed weighting of the outputs to one tensor; zero if they do not depend on it."""
    if not output.requires_grad:
        return torch.zeros_like(leaf)
    return torch.autograd.grad(weighted(output), leaf, allow_unused=True, materialize_grads=True)[0]


def gradients(output: Tensor, mechanism: Mechanism, streams: Streams[Tensor]) -> dict[str, Tensor]:
    """The gradient of a fixed weighting of the outputs to every stream and every parameter, by name.

    Zero for what the output does not depend on.
    """
    wanted = leaves(mechanism, streams)
    if not output.requires_grad:
        return {name: torch.zeros_like(leaf) for name, leaf in wanted.items()}
    slopes = torch.autograd.grad(
        weighted(output), list(wanted.values()), allow_unused=True, materialize_grads=True
    )
    return dict(zip(wanted, slopes, strict=True))
