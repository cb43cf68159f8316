"""How near an output is to that of exact softmax attention, beside the plain mean of the values."""

import torch
from jaxtyping import Float
from torch import Tensor

from regard.attention import Mask, Mechanism, Streams

ROWS = 128
"""Queries that are compared, spread evenly over all: the exact weights of all would be n x n."""

SOFTMAX_STREAMS = {"q", "k", "v"}


def is_comparable(mechanism: Mechanism) -> bool:
    """Whether the mechanism declares a tie to softmax and reads what softmax reads, and nothing else."""
    return mechanism.traits.tie("softmax") is not None and set(mechanism.declared.names) == SOFTMAX_STREAMS


def errors_of(
    mechanism: Mechanism, streams: Streams[Tensor], mask: Mask, scale: float
) -> tuple[float, float]:
    """The relative errors of the mechanism and of the mean of the values, against exact softmax in float64.

    Logits of standard normal streams have the standard deviation `scale`. The mean is that of the values that
    a query may read.
    """
    # q and k alike, as feature maps are fed by both
    root = scale**0.5
    scaled = streams.replace(q=root * streams.q, k=root * streams.k)
    n = streams.q.shape[2]
    rows = torch.linspace(0, n - 1, min(n, ROWS)).round().long()
    with torch.inference_mode():
        found = mechanism.eval()(scaled, mask)[:, :, rows.to(streams.q.device)]
        q, k, v = (each.to("cpu", torch.float64) for each in (scaled.q, scaled.k, scaled.v))
        exact = exact_rows(q, k, v, rows, causal=mask.causal, temperature=mechanism.size.temperature)
        mean = exact_rows(0 * q, k, v, rows, causal=mask.causal, temperature=mechanism.size.temperature)
    return relative(found.to("cpu", torch.float64), exact), relative(mean, exact)


def exact_rows(
    q: Float[Tensor, "b h n d"],
    k: Float[Tensor, "b g n d"],
    v: Float[Tensor, "b g n e"],
    rows: Tensor,
    *,
    causal: bool,
    temperature: float,
) -> Float[Tensor, "b h rows e"]:
    """Softmax attention of some queries over all keys."""
    heads = q.shape[1] // k.shape[1]
    k, v = (each.repeat_interleave(heads, 1) for each in (k, v))
    scores = q[:, :, rows] @ k.mT / temperature
    if causal:
        scores = scores.masked_fill(torch.arange(k.shape[2]) > rows.unsqueeze(1), -torch.inf)
    return scores.softmax(-1) @ v


def relative(found: Tensor, exact: Tensor) -> float:
    """The norm of the difference over that of what is exact."""
    return float((found - exact).norm() / exact.norm())
