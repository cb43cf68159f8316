"""What training minimizes."""

from jaxtyping import Float, Int64
from torch import Tensor, nn

from regard.data.samples import IGNORED


def summed_loss(
    logits: Float[Tensor, "b *n c"], targets: Int64[Tensor, "b *n"], smoothing: float = 0.0
) -> Float[Tensor, ""]:
    """Cross-entropy in nats, summed over all targets that are not ignored.

    `smoothing` moves that share of the target's probability evenly to all classes (Szegedy et al. 2016,
    arXiv 1512.00567, section 7).
    """
    return nn.functional.cross_entropy(
        logits.flatten(0, -2),
        targets.flatten(),
        ignore_index=IGNORED,
        reduction="sum",
        label_smoothing=smoothing,
    )


def asked(targets: Int64[Tensor, "b *n"]) -> Int64[Tensor, ""]:
    """How many targets there are to predict."""
    return (targets != IGNORED).sum()


def mean_loss(
    logits: Float[Tensor, "b *n c"], targets: Int64[Tensor, "b *n"], smoothing: float = 0.0
) -> Float[Tensor, ""]:
    """The mean over all targets that are not ignored; 0 where there are none."""
    # torch's own mean would be 0/0 for a batch in which nothing is asked: NaN, hence a false divergence
    return summed_loss(logits, targets, smoothing) / asked(targets).clamp_min(1)
