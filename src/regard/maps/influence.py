"""J: how far an output of a layer moves with an input, by every path."""

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor

from regard.core.errors import InvalidOption


def influence(
    layer: Callable[[Float[Tensor, "copies m c"]], Float[Tensor, "copies n c"]],
    x: Float[Tensor, "b m c"],
    *,
    probes: int | None = None,
    rng: torch.Generator | None = None,
) -> Float[Tensor, "n m"]:
    """|∂y_i / ∂x_j|, the Frobenius norm, of the whole layer: with the paths through queries and keys.

    layer: from any number of copies of x to its outputs y, of as many features. By gradients of the output
    in c directions, one for each feature, or in `probes` random ones, whose mean square has that of J as
    expectation and deviates from it by a share of about sqrt(2 / probes) (Hutchinson 1990). Needs one call,
    and n backward passes. Raises `InvalidOption` for more than one example.
    """
    if len(x) != 1:
        raise InvalidOption(f"influence looks at one example at a time, and the layer was given {len(x)}.")
    directions = _directions(x.shape[2], probes, rng).to(x)
    moved = x.repeat(len(directions), 1, 1).requires_grad_()
    with torch.enable_grad():
        y = layer(moved)
    rows = []
    for i in range(y.shape[1]):
        (slopes,) = torch.autograd.grad(y[:, i], moved, directions, retain_graph=True)
        rows.append(slopes.square().sum(-1).mean(0).sqrt())
    return torch.stack(rows)


def _directions(c: int, probes: int | None, rng: torch.Generator | None) -> Float[Tensor, "probes c"]:
    """Vectors u whose mean u uᵀ is, or has the expectation, 1."""
    if probes is None or probes >= c:
        return c**0.5 * torch.eye(c)
    return torch.randn(probes, c, generator=rng)
