"""What training minimizes."""

import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn

from regard.data.samples import IGNORED

Targets = Int64[Tensor, "b *n"] | Float[Tensor, "b c"]


def summed_loss(
    logits: Float[Tensor, "b *n c"], targets: Targets, smoothing: float = 0.0
) -> Float[Tensor, ""]:
    """Cross-entropy in nats, summed over all targets that are not ignored.

    Targets are classes (b, *n), or probabilities of classes (b, c) as mixed images have.
    `smoothing` moves that share of the target's probability evenly to all classes (Szegedy et al. 2016,
    arXiv 1512.00567, section 7).
    """
    return nn.functional.cross_entropy(
        logits.flatten(0, -2),
        targets if targets.is_floating_point() else targets.flatten(),
        ignore_index=IGNORED,
        reduction="sum",
        label_smoothing=smoothing,
    )


def asked(targets: Targets) -> Int64[Tensor, ""]:
    """How many targets there are to predict."""
    if targets.is_floating_point():
        return torch.tensor(len(targets), device=targets.device)
    return (targets != IGNORED).sum()


def mean_loss(logits: Float[Tensor, "b *n c"], targets: Targets, smoothing: float = 0.0) -> Float[Tensor, ""]:
    """The mean over all targets that are not ignored; 0 where there are none."""
    # torch's own mean would be 0/0 for a batch in which nothing is asked: NaN, hence a false divergence
    return summed_loss(logits, targets, smoothing) / asked(targets).clamp_min(1)
