"""What a mechanism claims: data, which the laws prove."""

from dataclasses import dataclass
from typing import Literal

Growth = Literal["1", "n", "n log n", "n r", "n w", "n sqrt n", "n^2"]
"""How time or memory grows with the length n: r is a rank or a number of features, w a window."""


@dataclass(frozen=True, kw_only=True)
class Traits:
    """Supported uses and asymptotic costs of a mechanism. What is not declared must raise."""

    source: str
    """Paper and equation."""
    time: Growth
    memory: Growth
    """Growth of the largest intermediate tensor in the forward pass (causal or not)."""
    causal: bool = False
    cross: bool = False
    """Queries and keys of different sequences, hence n != m."""
    padding: bool = False
    """`Mask.keys`."""
    edges: bool = False
    """`Mask.edges`."""
    window: bool = False
    """`Mask.window`."""
    slopes: bool = False
    """`Mask.slopes`, the linear distance bias of ALiBi."""
    streaming: bool = False
    """Has `initial_state` and `step`."""
    weights: bool = True
    """Linear in the values at fixed queries and keys, and `weights` says by which matrix."""
    normalized: bool = False
    """Rows of the weights sum to 1 and no entry is negative."""
    equivariant: bool = True
    """Permuting positions (of queries with their keys) permutes the output, without a mask."""
    reads: frozenset[str] = frozenset("qkv")
    """Which of q, k, v change the output. The shell builds no projection for the others."""
    fixed_length: bool = False
    """Refuses sequences longer than `Size.length`."""
    needs_grid: bool = False
    stochastic: bool = False
    """Draws random numbers when it is built (in the forward pass nobody does in eval mode)."""
    limit: str | None = None
    """The setting at which it equals softmax attention, in words; then `toward_softmax` builds it."""
    limit_error: float = 1e-5
    """Largest relative error at that setting (larger for limits that are only approached)."""
