"""What a model costs."""

from dataclasses import dataclass
from typing import final

FLOP_CONVENTION = (
    "One multiply-add is two FLOPs; pairs that the mask forbids do not count where the form skips them."
)
"""Stands wherever FLOPs are shown."""


@final
@dataclass(frozen=True, kw_only=True)
class ModelCost:
    """The costs of one model, measured in the same process as those of the models beside it."""

    parameters: int
    mechanism_parameters: int
    """Parameters of the mechanisms alone: projections belong to the shell."""
    flops: int
    """Forward, one example."""
    mechanism_flops: int
    latency_ms: float
    """Forward, one example, median."""
    latency_iqr_ms: float
    latency_ratio: float
    """Over the latency of the first model."""
    throughput_per_s: float
    """Examples per second, forward, at the size of the batch."""
    inference_peak_bytes: int
    """Weights, the batch, and the most that its forward pass keeps alive."""
    training_peak_bytes: int
    """The same with gradients, activations kept for them, and the optimizer's state."""
    memory_method: str
    flop_convention: str = FLOP_CONVENTION
    """What counts as a FLOP, as it was when this was counted."""
