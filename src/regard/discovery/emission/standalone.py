"""What the expressions of operations call, written with torch alone: an exported file carries a copy.

`reading` says who may read whom. Scores are (b, h, n, m), tokens (b, h, positions, features). Everything here
is plain: what regard computes by faster kernels is replaced in `kernels.py`. Weights are in `weighing.py`.
"""

import math

import torch
from torch import Tensor, nn
from torch.nn.functional import elu, gelu, layer_norm, logsigmoid, rms_norm, silu, softplus


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

    def nothing(self) -> Tensor | None:
        """Queries that may read no key, (b, h or 1, n, 1); None if there are none for certain."""
        return None if self.keys is None and self.added is None else self._closed()

    def _closed(self) -> Tensor | None:
        """Queries to which every key is hidden, or has a bias of -inf."""
        shown = self.allowed
        if self.added is not None:
            biased = self.added > -torch.inf
            shown = biased if shown is None else shown & biased
        return None if shown is None else ~shown.any(-1, keepdim=True)

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


def convolved_products(queries: Tensor, keys: Tensor, kernel: Tensor, reading: Reading) -> Tensor:
    """Scores of queries and keys that were convolved alike."""
    return neighbors(queries, kernel, reading) @ neighbors(keys, kernel, reading).mT


def fourier(x: Tensor) -> Tensor:
    """The real part of the transform over positions, of the variance that x has."""
    return torch.fft.fft(x, dim=2).real * x.shape[2] ** -0.5


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


def synthesized(
    x: Tensor, hidden: Tensor, hidden_bias: Tensor, outer: Tensor, outer_bias: Tensor, reading: Reading
) -> Tensor:
    """Scores of every key by two layers that see the query alone."""
    seen = (x @ hidden + hidden_bias).relu()
    return seen @ outer[..., : reading.m] + outer_bias[..., : reading.m]


def scaled_rms_norm(x: Tensor, gain: Tensor) -> Tensor:
    """RMS norm over features, each times its gain."""
    return rms_norm(x, x.shape[-1:], gain.to(x), 1e-5)


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
