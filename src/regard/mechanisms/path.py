"""Path attention: what lies between a key and a query turns the query on its way back to the key."""

import operator
from collections.abc import Sequence
from typing import Any, Self, final

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import normalize, pad

from regard.attention.cost import Cost
from regard.attention.kernels.scores import masked_scores, safe_softmax
from regard.attention.mask import Mask
from regard.attention.mechanism import Mechanism, Near
from regard.attention.precision import in_float32
from regard.attention.size import Size
from regard.attention.streams import Init, Stream, Streams
from regard.attention.traits import Tie, Traits

Past = tuple[Float[Tensor, "b h _ d"], Float[Tensor, "b h _ e"]]
"""The keys so far as the next query will find them, turned by all that came after each; and their values."""

BLOCK = 32
"""Most positions that are read at once."""

SMALL = 1e-6
"""The least length that is divided by."""

SHUT = -200.0
"""A gate at which nothing is turned."""


@final
class Path(Mechanism):
    """Softmax of k_jᵀ (H_{j+1} ⋯ H_i) q_i / √d over the keys j <= i, where H_t = I - β_t w_t w_tᵀ.

    Use it for causal text in which states must be followed, which fixed positions do not do.

    w (of length 1) and β = 2 sigmoid(W x) are streams of each position: at β = 2 it mirrors, at 1 it forgets
    one direction. The maps take the place of rotary positions, whose turns do not depend on the data. A
    hidden position turns nothing. Without a causal mask the path from a query to a later key has the maps
    H_j ⋯ H_{i+1}. The short convolution with which the paper makes w belongs to the layer.

    Keys, not queries, are turned from block to block, so that a state answers further queries; within a
    block all maps are one triangular system.
    """

    traits = Traits(
        source="Yang et al. 2025, arXiv 2505.16381, section 3",
        time="n^2",
        memory="n^2",
        causal=True,
        padding=True,
        window=True,
        slopes=True,
        streaming=True,
        mass="exactly 1",
        equivariant=False,
        ties=(Tie("softmax", "β = 0"),),
    )

    def streams(self) -> Streams[Any]:
        d, beta = self.size.d, Stream(1, of="keys", init=Init())
        return Streams(q=d, k=d, v=self.size.e, w=Stream(d, of="keys", init=Init()), beta=beta)

    @in_float32
    def forward(self, streams: Streams[Tensor], mask: Mask) -> Float[Tensor, "b h n e"]:
        if mask.causal:
            return self._go_on(streams, mask, _no_keys(streams), streams.v[:, :, :0])[0]
        return self._weights_both_ways(streams, mask) @ mask.readable(streams.v)

    def initial_state(self, b: int, device: torch.device | None = None) -> Past:
        h, d, e = self.size.h, self.size.d, self.size.e
        return torch.empty(b, h, 0, d, device=device), torch.empty(b, h, 0, e, device=device)

    @in_float32
    def extend(
        self, streams: Streams[Tensor], mask: Mask, state: Past
    ) -> tuple[Float[Tensor, "b h n e"], Past]:
        return self._go_on(streams, mask, *(part.to(streams.v) for part in state))

    @in_float32
    def weights(self, streams: Streams[Tensor], mask: Mask) -> Float[Tensor, "b h n n"]:
        if not mask.causal:
            return self._weights_both_ways(streams, mask)
        return _square(self._rows(streams, mask, _no_keys(streams))[0])

    def cost(self, n: int, m: int, mask: Mask = Mask()) -> Cost:
        h, d, e, ways = self.size.h, self.size.d, self.size.e, 1 if mask.causal else 2
        matmuls, others, pairs = 0, 0, 0
        for first, stop in _blocks(m - n, n):
            own = stop - first
            matmuls += own * (own * (6 * d + own) + 3 * first * d)
            # the system; and what is subtracted from scores, queries and keys
            others += own * own * (d + own + 3) + (2 * own + first) * d
            pairs += own * stop
        pairs = pairs if mask.causal else n * n
        return Cost(
            matmul_flops=2 * h * (ways * matmuls + pairs * e),
            # softmax: maximum, subtract, exp, sum, divide; lengths, gates and the scale
            other_flops=h * (ways * others + 5 * pairs + n * (5 * d + 4)),
            state_numbers=h * m * (d + e),
        )

    @classmethod
    def toward(cls, name: str, size: Size) -> Sequence[Near[Self]]:
        return [Near(cls(size), _turning(by)) for by in (0.0, -5.0, SHUT)]

    def _go_on(
        self, streams: Streams[Tensor], mask: Mask, keys: Tensor, values: Tensor
    ) -> tuple[Float[Tensor, "b h n e"], Past]:
        """What the queries read behind the keys and values of the past."""
        values = torch.cat([values, mask.since_start.readable(streams.v)], 2)
        weights, keys = self._rows(streams, mask, keys)
        return torch.cat([each @ values[:, :, : each.shape[3]] for each in weights], 2), (keys, values)

    def _rows(
        self, streams: Streams[Tensor], mask: Mask, keys: Float[Tensor, "b h past d"]
    ) -> tuple[tuple[Tensor, ...], Float[Tensor, "b h m d"]]:
        """The weights of each block of queries over the keys up to its end, and all keys after the last."""
        scores, after = self._scores(self._prepared(streams, mask.since_start), keys)
        pieces = [mask.rows(*block) for block in _blocks(keys.shape[2], streams.q.shape[2])]
        hidden = (masked_scores(each, piece) for each, piece in zip(scores, pieces, strict=True))
        return tuple(map(safe_softmax, hidden, pieces)), after

    def _weights_both_ways(self, streams: Streams[Tensor], mask: Mask) -> Float[Tensor, "b h n n"]:
        """Of queries that read later keys too: to these leads the path on which the two trade places."""
        given = self._prepared(streams, mask)
        back, _ = self._scores(given, _no_keys(streams))
        ahead, _ = self._scores(given.replace(q=given.k, k=given.q), _no_keys(streams))
        scores = _square(back).tril() + _square(ahead).tril(-1).mT
        return safe_softmax(masked_scores(scores, mask), mask)

    def _prepared(self, streams: Streams[Tensor], mask: Mask) -> Streams[Tensor]:
        return Streams(
            q=streams.q / self.size.temperature,
            k=mask.readable(streams.k),
            w=normalize(mask.readable(streams.w), dim=-1, eps=SMALL),
            beta=mask.readable(2 * mask.readable(streams.beta).sigmoid()),
        )

    def _scores(
        self, given: Streams[Tensor], keys: Float[Tensor, "b h past d"]
    ) -> tuple[tuple[Tensor, ...], Float[Tensor, "b h m d"]]:
        """The scores of each block over the keys up to its end, and all keys after the last."""
        start, rows = keys.shape[2], []
        for first, stop in _blocks(start, given.q.shape[2]):
            own = slice(first - start, stop - start)
            scores, keys = _read(given.map(operator.itemgetter((..., own, slice(None)))), keys)
            rows.append(scores)
        return tuple(rows), keys


def _blocks(start: int, n: int) -> tuple[tuple[int, int], ...]:
    """First and last position of each block of n new positions."""
    return tuple((i, min(i + BLOCK, start + n)) for i in range(start, start + n, BLOCK))


def _read(
    given: Streams[Tensor], past: Float[Tensor, "b h past d"]
) -> tuple[Float[Tensor, "b h block stop"], Float[Tensor, "b h stop d"]]:
    """The scores of a block over past keys and its own, and all these keys turned by the block's maps."""
    q, k, w, beta = given
    d, crossed = q.shape[3], (q @ w.mT).tril()
    right = beta * torch.cat([w, (w @ k.mT).tril(-1)], -1)
    system = (beta * (w @ w.mT)).tril(-1)
    solved = torch.linalg.solve_triangular(system, right, upper=False, unitriangular=True)
    # the maps of the whole block are I - wᵀ turns
    turns, own = solved.split([d, k.shape[2]], -1)
    scores = torch.cat([(q - crossed @ turns) @ past.mT, q @ k.mT - crossed @ own], -1)
    return scores, torch.cat([past - (past @ turns.mT) @ w, k - own.mT @ w], 2)


def _no_keys(streams: Streams[Tensor]) -> Float[Tensor, "b h 0 d"]:
    return streams.k[:, :, :0]


def _square(rows: tuple[Tensor, ...]) -> Float[Tensor, "b h n n"]:
    """Blocks of rows that end at the diagonal as one matrix, with 0 behind it."""
    return torch.cat([pad(each, (0, rows[-1].shape[3] - each.shape[3])) for each in rows], 2)


def _turning(by: float) -> Any:
    """The same streams with one gate everywhere."""
    return lambda streams: streams.replace(beta=torch.full_like(streams.beta, by))
