r"""Found175: an attention mechanism, written by regard and independent of it.

It acts after projection: `Found175(heads, d, e)(streams, causal=True)` mixes values (b, h, m, e).
In the layer around it W_q, W_k, W_v, W_o are left out.

\begin{aligned}
Y &= \mathrm{softmax}\left(\tfrac{1}{\sqrt{d}} Q \, K^{\top}\right) \, V
\end{aligned}
"""

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn


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


def _hidden(streams: dict[str, Tensor], keys: Tensor) -> dict[str, Tensor]:
    """The streams with 0 at what is no real key."""
    of_queries = ("q", "q2", "gate")
    return {
        name: x if name in of_queries else x.masked_fill(~keys[:, None, :, None], 0)
        for name, x in streams.items()
    }


def hide(scores: Tensor, reading: Reading) -> Tensor:
    """Scores plus the bias, and -inf wherever a key is hidden."""
    scores = scores if reading.added is None else scores + reading.added.to(scores.dtype)
    allowed = reading.allowed
    return scores if allowed is None else torch.where(allowed, scores, -torch.inf)


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


class Found175(nn.Module):
    """Reads the streams q, k, v, each (b, h, positions, features).

    heads: h. d, e: features of a key and of a value. length: the longest sequence. layer: which one, from 0.
    """

    GRAPH = r"""
        {"format": 1, "output": 6, "absent": "qkvo", "nodes": [
          {"op": "q"},
          {"op": "k"},
          {"op": "dot", "inputs": [0, 1]},
          {"op": "temperature", "inputs": [2]},
          {"op": "softmax", "inputs": [3]},
          {"op": "v"},
          {"op": "mix", "inputs": [4, 5]}
        ]}
    """
    """The same as a graph: regard reads from it what is claimed."""

    def __init__(
        self,
        heads: int,
        d: int,
        e: int,
        *,
        length: int = 1024,
        temperature: float | None = None,
        layer: int = 0,
    ) -> None:
        super().__init__()
        self.length, self.layer = length, layer
        self.temperature = math.sqrt(d) if temperature is None else temperature

    def forward(
        self,
        streams: dict[str, Tensor],
        *,
        causal: bool = False,
        keys: Tensor | None = None,
        reading: "Reading | None" = None,
    ) -> Tensor:
        """Mix the values. keys: (b, m), which keys are real. reading: what else says who may read whom."""
        reading = reading or Reading(
            streams,
            causal=causal,
            keys=keys,
            temperature=self.temperature,
            length=self.length,
            layer=self.layer,
        )
        q = reading.streams["q"]
        k = reading.streams["k"]
        dot = q @ k.mT
        temperature = dot / reading.temperature
        softmax_1 = softmax(temperature, reading)
        v = reading.streams["v"]
        return softmax_1 @ v

    @classmethod
    def __regard__(cls) -> type:
        """How regard sees this class: `regard check FILE.py:Found175`. Nothing else needs it."""
        from regard.discovery.emission.adapted import adapted

        return adapted(cls)
