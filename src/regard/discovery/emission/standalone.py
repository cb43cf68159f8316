"""What the expressions of operations call, written with torch alone: an exported file carries a copy.

`reading` says who may read whom. Scores are (b, h, n, m), tokens (b, h, positions, features). Everything here
is plain: what regard computes by faster kernels is replaced in `emission/kernels.py`.
"""

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn.functional import elu, gelu, layer_norm, logsigmoid, rms_norm, silu, softplus

LARGEST_EXPONENT = 30.0
"""Of an exponential: beyond, it would overflow in a sum."""

TAKEN_OUT = -1e4
"""A score that weighs nothing, and whose negative is finite."""


class Reading:
    """Who may read whom among n queries and m keys, the first query standing at `start`; and the layer.

    keys: (b, m), which keys are real. allowed: which query may read which key. added: a bias of scores.
    temperature: what scores are divided by. length: the longest sequence. layer: which one, from 0 on.
    """

    def __init__(
        self,
        streams: dict[str, Tensor],
        *,
        causal: bool = False,
        keys: Tensor | None = None,
        temperature: float | None = None,
        length: int = 1024,
        layer: int = 0,
    ) -> None:
        self.streams = streams if keys is None else _hidden(streams, keys)
        self.n = next(x.shape[2] for x in streams.values())
        self.m = next(x.shape[2] for name, x in streams.items() if name in ("k", "v"))
        self.like = next(iter(streams.values()))
        self.heads = self.like.shape[1]
        self.d = streams["q"].shape[3] if "q" in streams else self.like.shape[3]
        self.e = streams["v"].shape[3] if "v" in streams else self.like.shape[3]
        self.causal, self.keys, self.start = causal, keys, 0
        self.temperature = math.sqrt(self.d) if temperature is None else temperature
        self.length, self.layer = length, layer
        self.added: Tensor | None = None

    @property
    def allowed(self) -> Tensor | None:
        """Which query may read which key; None for all."""
        real = None if self.keys is None else self.keys[:, None, None, :]
        if not self.causal:
            return real
        before = self.distances() <= 0
        return before if real is None else real & before

    def distances(self) -> Tensor:
        """Key position minus query position, (n, m)."""
        queries = torch.arange(self.start, self.start + self.n, device=self.like.device)
        offsets = torch.arange(self.m, device=self.like.device) - queries.unsqueeze(1)
        return offsets.to(self.like.dtype)

    def slopes(self) -> Tensor:
        """How fast scores fall with the distance, with the sign that makes both directions fall."""
        h = self.heads
        rates = 2.0 ** (-8 * torch.arange(1, h + 1, device=self.like.device, dtype=self.like.dtype) / h)
        return -rates.view(h, 1, 1) * self.distances().sign()

    def ones(self) -> Tensor:
        """1 at every real key, (b, h, m, 1)."""
        ones = self.like.new_ones(self.like.shape[0], self.heads, self.m, 1)
        return ones if self.keys is None else ones * self.keys[:, None, :, None]


class Memory:
    """Writes at keys, in order: values, how strongly they replace what is there, log decays before each."""

    def __init__(
        self, k: Tensor, v: Tensor, strength: Tensor | None = None, decay: Tensor | None = None
    ) -> None:
        self.k, self.v, self.strength, self.decay = k, v, strength, decay

    def faded(self, decay: Tensor) -> "Memory":
        """The same memory with further decays."""
        total = decay if self.decay is None else self.decay + decay
        return Memory(self.k, self.v, self.strength, total)


def recall(q: Tensor, memory: Memory, reading: Reading) -> Tensor:
    """What each query finds: position after position, or after the last one where nothing is causal."""
    k, v = _real(memory.k, reading), memory.v
    decay = None if memory.decay is None else _real(memory.decay, reading).exp()
    strength = None if memory.strength is None else _real(memory.strength, reading)
    held = k.new_zeros(*k.shape[:2], k.shape[3], v.shape[3])
    found = []
    for j in range(reading.m):
        held = held if decay is None else held * decay[:, :, j, :, None]
        new = v[:, :, j]
        if strength is not None:
            old = (k[:, :, j, None] @ held)[:, :, 0]
            new = (new - old) * strength[:, :, j]
        held = held + k[:, :, j, :, None] * new.unsqueeze(2)
        if reading.causal and j >= reading.start:
            found.append(q[:, :, j - reading.start, None] @ held)
    if not reading.causal:
        return q @ held
    missing = reading.n - len(found)
    return torch.cat([*found, *([q[:, :, -missing:] @ held] if missing > 0 else [])], 2)[:, :, : reading.n]


def gathered(x: Tensor, reading: Reading) -> Tensor:
    """The sum of what may be read."""
    x = _real(x, reading)
    if not reading.causal:
        return x.sum(2, keepdim=True).expand(-1, -1, reading.n, -1)
    total = x.cumsum(2)
    missing = reading.start + reading.n - reading.m
    total = total if missing <= 0 else torch.cat([total, total[:, :, -1:].expand(-1, -1, missing, -1)], 2)
    return total[:, :, reading.start : reading.start + reading.n]


def gathered_near(x: Tensor, reach: float, reading: Reading) -> Tensor:
    """The sum of what lies at most `reach` positions away and may be read."""
    total = x = _real(x, reading)
    for offset in range(1, int(reach) + 1):
        total = total + _moved(x, -offset)
        if not reading.causal:
            total = total + _moved(x, offset)
    return total[:, :, reading.start : reading.start + reading.n]


def neighbors(x: Tensor, kernel: Tensor, reading: Reading) -> Tensor:
    """A depth-wise convolution by kernels (h, width, 3): the position is in the middle, or last if causal."""
    x = _real(x, reading)
    middle = kernel[:, None, :, 1] * x
    if reading.causal:
        return middle + kernel[:, None, :, 0] * _moved(x, -1) + kernel[:, None, :, 2] * _moved(x, -2)
    return middle + kernel[:, None, :, 0] * _moved(x, -1) + kernel[:, None, :, 2] * _moved(x, 1)


def fourier(x: Tensor) -> Tensor:
    """The real part of the transform over positions, of the variance that x has."""
    return torch.fft.fft(x, dim=2).real * x.shape[2] ** -0.5


def hide(scores: Tensor, reading: Reading) -> Tensor:
    """Scores plus the bias, and -inf wherever a key is hidden."""
    scores = scores if reading.added is None else scores + reading.added.to(scores.dtype)
    allowed = reading.allowed
    return scores if allowed is None else scores.masked_fill(~allowed, -torch.inf)


def keep(scores: Tensor, reading: Reading) -> Tensor:
    """Scores, and 0 wherever a key is hidden."""
    allowed = reading.allowed
    return scores if allowed is None else scores.masked_fill(~allowed, 0)


def over_rows(normalize: Callable[[Tensor], Tensor], scores: Tensor, reading: Reading) -> Tensor:
    """Rows of weights, where a row that may read nothing is 0."""
    hidden = hide(scores, reading)
    if reading.allowed is None and reading.added is None:
        return normalize(hidden)
    nothing = (hidden == -torch.inf).all(-1, keepdim=True)
    return normalize(hidden.masked_fill(nothing, 0)).masked_fill(nothing, 0)


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


def for_all(scores: Tensor, reading: Reading) -> Tensor:
    """Scores that are the same in every sequence, or every head."""
    return scores.to(reading.like.dtype).expand(len(reading.like), reading.heads, reading.n, reading.m)


def places(scores: Tensor, reading: Reading) -> Tensor:
    """The part of a map of all places that is asked for."""
    return scores[None, :, reading.start : reading.start + reading.n, : reading.m]


def angles(x: Tensor, side: str, reading: Reading) -> Tensor:
    """π i / 2M at the positions i of a side."""
    first = reading.start if side == "queries" else 0
    positions = torch.arange(first, first + x.shape[2], device=x.device, dtype=x.dtype)
    return (math.pi / 2 / reading.length * positions).unsqueeze(1)


def forgotten(x: Tensor, reading: Reading) -> Tensor:
    """Log forget gates summed up from a key to a query, negative in both directions."""
    total = _real(logsigmoid(x), reading).cumsum(2)
    return -(total[:, :, reading.start : reading.start + reading.n] - total.mT).abs()


def retention(reading: Reading) -> Tensor:
    """log(1 - 2^(-5-h)) of head h at every real key."""
    heads = torch.arange(reading.heads, dtype=torch.float64, device=reading.like.device)
    rates = torch.log1p(-(2.0 ** (-5 - heads))).float().to(reading.like.dtype)
    return rates.view(-1, 1, 1) * reading.ones()


def first_share(reading: Reading) -> float:
    """λ₀ of differential attention (Ye et al. 2024, arXiv 2410.05258, eq. 3)."""
    return 0.8 - 0.6 * math.exp(-0.3 * reading.layer)


def learned_share(vectors: Tensor, reading: Reading) -> Tensor:
    """λ of differential attention, from two pairs of vectors."""
    first, second = vectors.prod(1).sum(-1).exp().unbind()
    return first - second + first_share(reading)


def at_queries(x: Tensor, reading: Reading) -> Tensor:
    """What stands at the keys, at the places of the queries."""
    return x[:, :, reading.start : reading.start + reading.n]


def resized(x: Tensor, width: str, reading: Reading) -> Tensor:
    """The first features, or zeros behind them."""
    wanted = reading.d if width == "d" else reading.e
    return nn.functional.pad(x, (0, max(wanted - x.shape[3], 0)))[..., :wanted]


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


def _hidden(streams: dict[str, Tensor], keys: Tensor) -> dict[str, Tensor]:
    """The streams with 0 at what is no real key."""
    of_queries = ("q", "q2", "gate")
    return {
        name: x if name in of_queries else x.masked_fill(~keys[:, None, :, None], 0)
        for name, x in streams.items()
    }


def _real(x: Tensor, reading: Reading) -> Tensor:
    """What is said of keys, and 0 where they are hidden."""
    return x if reading.keys is None else x.masked_fill(~reading.keys[:, None, :, None], 0)


def _moved(x: Tensor, offset: int) -> Tensor:
    """What stands `offset` positions away from each, 0 beyond the ends."""
    m = x.shape[2]
    return nn.functional.pad(x, (0, 0, max(-offset, 0), max(offset, 0)))[:, :, max(offset, 0) :][:, :, :m]


__all__ = ["elu", "gelu", "layer_norm", "rms_norm", "silu", "softplus"]
