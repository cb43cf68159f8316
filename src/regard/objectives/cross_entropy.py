"""Cross-entropy."""

from typing import final

from regard.core.errors import InvalidOption
from regard.data.samples import Samples
from regard.optimization import Loss, Model, Objective
from regard.optimization import cross_entropy as computed


@final
class CrossEntropy(Objective):
    """The negative log of the probability that the model gives to each target, in nats.

    label_smoothing: the share of a target's probability that is moved evenly to all classes (Szegedy et
        al. 2016, arXiv 1512.00567, section 7).

    Raises `InvalidOption` for a share outside 0 to below 1.
    """

    alone = None

    def __init__(self, *, label_smoothing: float = 0.0) -> None:
        if not 0 <= label_smoothing < 1:
            message = "cross_entropy: label_smoothing must be a share from 0 to below 1, and is"
            raise InvalidOption(f"{message} {label_smoothing}.")
        self.label_smoothing = label_smoothing

    def loss(self, model: Model, batch: Samples) -> Loss:
        return computed(model(*batch.given), batch.targets, self.label_smoothing)
