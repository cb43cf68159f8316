"""Small models and closures on which moves are tried."""

import torch
from torch import nn


def small_model(dtype=torch.float64, seed=0):
    """Two linear maps, drawn from a seed."""
    rng = torch.Generator().manual_seed(seed)
    model = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2)).to(dtype)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(torch.randn(parameter.shape, generator=rng, dtype=torch.float64))
    return model


def closure_of(model, seed=1, like=None):
    """The mean squared error of a model on 16 examples, in evaluation mode, and how often it was asked.

    like: a module of the same device and type, where the model is a function.
    """
    rng = torch.Generator().manual_seed(seed)
    like = next((model if like is None else like).parameters())
    x, y = (torch.randn(16, width, generator=rng).to(like.device, like.dtype) for width in (3, 2))

    @torch.no_grad()
    def closure():
        closure.calls += 1
        return ((model(x) - y) ** 2).mean()

    closure.calls = 0
    return closure


def bits(model):
    """The parameters of a module or a list of them, as they lie in memory."""
    parameters = model.parameters() if isinstance(model, nn.Module) else model
    return [each.detach().cpu().contiguous().view(torch.uint8).clone() for each in parameters]


def same_bits(first, second):
    return all(torch.equal(a, b) for a, b in zip(first, second, strict=True))
