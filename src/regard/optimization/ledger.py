"""What a training has cost, counted so that all methods can be compared."""

from typing import final


@final
class Ledger:
    """Evaluations of the training batches in forward-equivalents: a forward pass counts 1, a backward pass 2.

    Counted per batch, whatever its size: methods are compared at equal batches. Evaluation on
    validation data is no part of training and is not counted.
    """

    def __init__(self) -> None:
        self.total = 0.0

    def charge(self, forward_equivalents: float) -> None:
        """Add what an answer has cost."""
        self.total += forward_equivalents

    def state_dict(self) -> dict[str, float]:
        """What must be known to go on."""
        return {"total": self.total}

    def load_state_dict(self, state: dict[str, float]) -> None:
        """Go on from `state_dict`."""
        self.total = state["total"]
