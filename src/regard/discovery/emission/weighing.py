"""From scores to weights, as `standalone` with torch alone: an exported file carries a copy of this too."""

from collections.abc import Callable

import torch
from torch import Tensor

from regard.discovery.emission.standalone import Reading

LARGEST_EXPONENT = 30.0
"""Of an exponential: beyond, it would overflow in a sum."""

TAKEN_OUT = -1e4
"""A score that weighs nothing, and whose negative is finite."""


def hide(scores: Tensor, reading: Reading) -> Tensor:
    """Scores plus the bias, and -inf wherever a key is hidden."""
    scores = scores if reading.added is None else scores + reading.added.to(scores.dtype)
    allowed = reading.allowed
    return scores if allowed is None else torch.where(allowed, scores, -torch.inf)


def keep(scores: Tensor, reading: Reading) -> Tensor:
    """Scores, and 0 wherever a key is hidden."""
    allowed = reading.allowed
    return scores if allowed is None else torch.where(allowed, scores, 0)


def over_rows(normalize: Callable[[Tensor], Tensor], scores: Tensor, reading: Reading) -> Tensor:
    """Rows of weights, where a row that may read nothing is 0."""
    hidden = hide(scores, reading)
    nothing = reading.nothing()
    if nothing is None:
        return normalize(hidden)
    return torch.where(nothing, 0, normalize(torch.where(nothing, 0, hidden)))


def softmax(scores: Tensor, reading: Reading) -> Tensor:
    """Softmax over the keys."""
    return over_rows(lambda rows: rows.softmax(-1), scores, reading)


def softmax_beside(scores: Tensor, logit: Tensor, reading: Reading) -> Tensor:
    """Softmax over the keys and one more score, which is dropped."""
    hidden = hide(scores, reading)
    sink = logit.to(hidden.dtype).expand(*hidden.shape[:3], 1)
    return torch.cat([hidden, sink], -1).softmax(-1)[..., :-1]


def sparsemax(scores: Tensor, reading: Reading) -> Tensor:
    """The Euclidean projection on distributions (Martins & Astudillo 2016, arXiv 1602.02068, algorithm 1)."""
    return over_rows(_sparsemax, scores, reading)


def entmax15(scores: Tensor, reading: Reading) -> Tensor:
    """1.5-entmax (Peters et al. 2019, arXiv 1905.05702, algorithm 2)."""
    return over_rows(_entmax15, scores, reading)


def share_sigmoid(scores: Tensor, reading: Reading) -> Tensor:
    """sigmoid(s - log of how many keys the query may read)."""
    hidden = hide(scores, reading)
    count = (hidden > -torch.inf).sum(-1, keepdim=True).clamp_min(1)
    return (hidden - count.to(hidden.dtype).log()).sigmoid()


def exponential(x: Tensor) -> Tensor:
    """The exponential, at most exp 30."""
    return x.clamp_max(LARGEST_EXPONENT).exp()


def top_k(scores: Tensor, keep: float, reading: Reading) -> Tensor:
    """Scores, where what is smaller than the k-th largest of a row is taken out; ties stay."""
    hidden = hide(scores, reading)
    last = hidden.topk(min(int(keep), hidden.shape[-1])).values[..., -1:]
    return scores.masked_fill((hidden < last) | (hidden == -torch.inf), TAKEN_OUT)


def column_softmax(scores: Tensor, reading: Reading) -> Tensor:
    """Softmax over the queries that are real and may read the key."""
    hidden = hide(scores, reading)
    hidden = (
        hidden if reading.keys is None else hidden.masked_fill(~reading.keys[:, None, :, None], -torch.inf)
    )
    nothing = (hidden == -torch.inf).all(-2, keepdim=True)
    return hidden.masked_fill(nothing, 0).softmax(-2).masked_fill(nothing, 0)


def column_shares(weights: Tensor, reading: Reading) -> Tensor:
    """Each column over its sum, over the queries that are real."""
    if reading.keys is not None:
        weights = weights.masked_fill(~reading.keys[:, None, :, None], 0)
    return weights / weights.sum(-2, keepdim=True).clamp_min(1e-6)


def _sparsemax(rows: Tensor) -> Tensor:
    ranked = (rows - rows.amax(-1, keepdim=True)).sort(-1, descending=True).values
    finite = ranked.clamp_min(TAKEN_OUT)
    counts = torch.arange(1, rows.shape[-1] + 1, device=rows.device, dtype=rows.dtype)
    thresholds = (finite.cumsum(-1) - 1) / counts
    support = (finite > thresholds).sum(-1, keepdim=True).clamp_min(1)
    threshold = thresholds.gather(-1, support - 1)
    return (rows - rows.amax(-1, keepdim=True) - threshold).relu()


def _entmax15(rows: Tensor) -> Tensor:
    halved = (rows - rows.amax(-1, keepdim=True)) / 2
    ranked = halved.sort(-1, descending=True).values.clamp_min(TAKEN_OUT)
    counts = torch.arange(1, rows.shape[-1] + 1, device=rows.device, dtype=rows.dtype)
    mean = ranked.cumsum(-1) / counts
    spread = (1 - counts * (ranked.square().cumsum(-1) / counts - mean.square())) / counts
    positive = spread > 0
    thresholds = mean - spread.where(positive, torch.ones_like(spread)).sqrt() * positive
    support = ((thresholds <= ranked) & positive).sum(-1, keepdim=True).clamp_min(1)
    return (halved - thresholds.gather(-1, support - 1)).relu().square()
