"""The contract of an objective: what training minimizes."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import final

from torch import Tensor, nn

from regard.data.samples import Samples
from regard.optimization.loss import Loss

Model = Callable[..., Tensor]
"""A model: `Samples.given` to logits, (b, classes) or (b, n, vocabulary)."""

Load = Callable[[str], nn.Module]
"""The trained model of a run, in evaluation mode on the CPU, by the path of the run's folder."""


@final
@dataclass(frozen=True)
class Charge:
    """The cost of an answer about one batch, in forward-equivalents: a forward pass 1, a backward pass 2."""

    loss: float = 1.0
    gradient: float = 3.0
    """The loss included."""


class Objective(ABC):
    """Abstract. A part of the catalog subclasses it once, is final, and takes keyword-only options.

    One object serves one training: it may keep what `prepare` has found.
    """

    charge: Charge = Charge()
    """More than the default where a loss takes more than one pass of the model, or other models."""
    alone: str | None = "its loss is not declared to work for several models at once"
    """Why seeds cannot be trained together as one batched model (`torch.func`); None where they can."""

    def prepare(self, model: nn.Module, load: Load) -> None:
        """Make ready for a model, on the device where it lies; called once, before the first loss.

        Raises a `RegardError` where the model is none for this objective. Here: nothing to do.
        """
        return

    @abstractmethod
    def loss(self, model: Model, batch: Samples) -> Loss:
        """The loss on a batch. It must work with gradients and without, the caller says which."""
