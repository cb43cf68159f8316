"""A loss as a sum and a count, and the one computation of cross-entropy."""

from dataclasses import dataclass
from typing import final

import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn

from regard.data.samples import IGNORED

Targets = Int64[Tensor, "b *n"] | Float[Tensor, "b c"]


@final
@dataclass(frozen=True, eq=False)
class Loss:
    """What was lost on some samples: losses of several batches are added part by part."""

    sum: Float[Tensor, ""]
    count: Int64[Tensor, ""]
    """Over how many targets the sum was taken."""

    @property
    def mean(self) -> Float[Tensor, ""]:
        """The mean over all targets; 0 where there are none."""
        # a plain quotient would be 0/0 for a batch in which nothing is asked: NaN, hence a false divergence
        return self.sum / self.count.clamp_min(1)


def cross_entropy(logits: Float[Tensor, "b *n c"], targets: Targets, smoothing: float = 0.0) -> Loss:
    """Cross-entropy in nats over all targets that are not ignored.

    Targets are classes (b, *n), or probabilities of classes (b, c) as mixed images have.
    `smoothing` moves that share of the target's probability evenly to all classes (Szegedy et al. 2016,
    arXiv 1512.00567, section 7).
    """
    total = nn.functional.cross_entropy(
        logits.flatten(0, -2),
        targets if targets.is_floating_point() else targets.flatten(),
        ignore_index=IGNORED,
        reduction="sum",
        label_smoothing=smoothing,
    )
    return Loss(total, _asked(targets))


def _asked(targets: Targets) -> Int64[Tensor, ""]:
    """How many targets there are to predict."""
    if targets.is_floating_point():
        return torch.tensor(len(targets), device=targets.device)
    return (targets != IGNORED).sum()
