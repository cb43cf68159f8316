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
    """The costs of one model. None is what could not be measured; `missing` says why.

    Times are taken in rounds, in each of which every compared model has its turn in a process of its own. Two
    times whose ranges overlap differ by no more than one and the same model does from round to round.
    """

    parameters: int | None = None
    mechanism_parameters: int | None = None
    """Parameters of the mechanisms alone: projections belong to the shell."""
    flops: int | None = None
    """Forward, one example."""
    mechanism_flops: int | None = None
    latency_ms: float | None = None
    """Forward, one example, the median over the rounds."""
    latency_low_ms: float | None = None
    """Of the fastest round."""
    latency_high_ms: float | None = None
    """Of the slowest round."""
    latency_ratio: float | None = None
    """Over the latency of the first model in the same round, the median over the rounds."""
    throughput_per_s: float | None = None
    """Examples per second, forward, at the size of the batch."""
    inference_peak_bytes: int | None = None
    """Weights, the batch, and the most that its forward pass keeps alive."""
    training_peak_bytes: int | None = None
    """The same with gradients, activations kept for them, and the optimizer's state."""
    memory_method: str | None = None
    flop_convention: str = FLOP_CONVENTION
    """What counts as a FLOP, as it was when this was counted."""
    conditions: str | None = None
    """With which versions, on what and in how many rounds it was measured."""
    missing: str | None = None
    """What could not be measured and why, in one line; None where nothing is missing."""
