"""Native sparse attention: blocks read as one entry each, the best blocks in full, and a window."""

from collections.abc import Sequence
from typing import Any, Self, final

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import gelu, linear

from regard.attention.bases.block_choice import best_blocks, complete_blocks, own_block
from regard.attention.cost import Cost
from regard.attention.kernels.blocks import Blocks
from regard.attention.kernels.chosen_keys import Choice, matmul_flops, read, weigh
from regard.attention.kernels.indexer import sorting_flops
from regard.attention.kernels.scores import safe_softmax, scores_of
from regard.attention.mask import Mask
from regard.attention.mechanism import Mechanism, Near
from regard.attention.precision import in_float32
from regard.attention.size import Size
from regard.attention.streams import Stream, Streams
from regard.attention.traits import Tie, Traits

OPEN = 200.0
"""A gate that lets all through; its negative lets nothing through."""


@final
class Entry(nn.Module):
    """One vector made of all positions of a block: a perceptron, hence the order in the block counts."""

    def __init__(self, block: int, features: int) -> None:
        super().__init__()
        self.within = nn.Linear(block * features, features)
        # what is added to all keys alike changes no softmax
        self.out = nn.Linear(features, features, bias=False)

    def forward(self, x: Float[Tensor, "b h count length features"]) -> Float[Tensor, "b h count features"]:
        hidden = gelu(linear(x.flatten(3), self.within.weight.to(x), self.within.bias.to(x)))
        return linear(hidden, self.out.weight.to(x))


@final
class Nsa(Mechanism):
    """Three softmax readings of one query, each with keys and values of its own, times a gate, added up.

    Use it for models of long contexts that are sparse from the first step of training on.

    Compressed: each complete block is one entry, made of its keys and of its values by a learned perceptron.
    Selected: the keys of `keep` blocks, those with the largest weights among the compressed; the query's own
    block, the one before it and the first come before all others. Window: the keys at most `window` positions
    away. The gates are the sigmoids of three numbers per head.

    Blocks of `block` keys, counted without padding, serve both compression and selection (section 3.3.2).
    Each head selects for itself. In the paper heads that share keys add up their weights, to load fewer keys.
    """

    traits = Traits(
        source="Yuan et al. 2025, arXiv 2502.11089, eqs. 5 to 12",
        time="n^2",
        memory="n^2",
        causal=True,
        padding=True,
        weights=False,
        equivariant=False,
        stochastic=True,
        ties=(
            Tie("softmax", "gates 0, 1, 0 and keep >= n / block"),
            Tie("local", "gates 0, 0, 1"),
        ),
    )

    def __init__(self, size: Size, *, block: int = 4, keep: int = 4, window: int = 8) -> None:
        super().__init__(size)
        self.block, self.keep, self.window = block, keep, window
        most = size.length
        self.require(1 <= block <= most, f"block must be between 1 and the length {most}, not {block}.")
        self.require_positive(keep=keep)
        self.require(window >= 0, f"window must not be negative, but is {window}.")
        self.key_entry, self.value_entry = Entry(block, size.d), Entry(block, size.e)

    def streams(self) -> Streams[Any]:
        d, e = self.size.d, self.size.e
        further = {"block_k": d, "block_v": e, "near_k": d, "near_v": e}
        return Streams(q=d, k=d, v=e, **further, gate=Stream(3, of="queries"))

    @in_float32
    def forward(self, streams: Streams[Tensor], mask: Mask) -> Float[Tensor, "b h n e"]:
        blocks = Blocks.of(mask, streams.k.shape[2], self.block, streams.k.device)
        scores = self._scores(streams, mask, blocks)
        of_blocks = safe_softmax(scores) @ self.value_entry(blocks.cut(mask.readable(streams.block_v)))
        selected = self._read(streams, mask, self._select(scores.detach(), mask, blocks))
        near = streams.replace(k=streams.near_k, v=streams.near_v)
        of_window = self._read(near, mask, self._window(mask, streams.k))
        gates = streams.gate.sigmoid().unsqueeze(-1)
        return gates[..., 0, :] * of_blocks + gates[..., 1, :] * selected + gates[..., 2, :] * of_window

    def cost(self, n: int, m: int, mask: Mask = Mask()) -> Cost:
        h, d, e, count = self.size.h, self.size.d, self.size.e, Blocks.needed(m, self.block)
        selected, near = min(self.keep, count) * self.block, self._reach(mask)
        pairs, entries = n * (selected + near), count * (self.block + 1) * (d * d + e * e)
        read_keys = matmul_flops(n, m, selected, self.size) + matmul_flops(n, m, near, self.size)
        return Cost(
            matmul_flops=h * (read_keys + 2 * n * count * (d + e) + 2 * entries),
            # softmax of all scores, and a sort of those of blocks; the scale of q, the gates and their sum
            other_flops=h * (5 * pairs + 6 * n * count + sorting_flops(n, count))
            + h * n * (3 * d + 5 * e + 3),
            state_numbers=h * m * 3 * (d + e),
        )

    @classmethod
    def toward(cls, name: str, size: Size) -> Sequence[Near[Self]]:
        if name == "local":
            return [Near(cls(size), _of_window)]
        count = Blocks.needed(size.length, 4)
        return [Near(cls(size, block=4, keep=max(1, count // part)), _selected) for part in (4, 2, 1)]

    def _read(self, streams: Streams[Tensor], mask: Mask, choice: Choice) -> Float[Tensor, "b h n e"]:
        return read(streams, mask, choice, weigh(streams, mask, choice, self.size))

    def _scores(self, streams: Streams[Tensor], mask: Mask, blocks: Blocks) -> Float[Tensor, "b h n count"]:
        """Scores of the complete blocks, for a causal query of those complete up to itself; else -inf."""
        keys = self.key_entry(blocks.cut(mask.readable(streams.block_k)))
        scores = scores_of(streams.q, keys, self.size)
        return scores.masked_fill(~complete_blocks(blocks, scores.shape[2], mask), -torch.inf)

    def _select(self, scores: Float[Tensor, "b h n count"], mask: Mask, blocks: Blocks) -> Choice:
        least, most = torch.finfo(scores.dtype).min, torch.finfo(scores.dtype).max
        # the order of the scores is that of the weights, which round to 0
        ranks, own = scores.clamp(min=least), own_block(blocks, scores.shape[2], mask)
        each = torch.arange(blocks.count, device=scores.device)
        for rank, always in ((most / 4, each == 0), (most / 2, each == own - 1), (most, each == own)):
            ranks = ranks.masked_fill(always, rank)
        return best_blocks(ranks, self.keep, blocks, mask)

    def _window(self, mask: Mask, k: Tensor) -> Choice:
        """The positions at most `window` away."""
        b, n, device = k.shape[0], k.shape[2], k.device
        places = torch.arange(n, device=device)[:, None]
        at = places + torch.arange(-self.window, self._reach(mask) - self.window, device=device)
        there = ((at >= 0) & (at < n)).expand(b, 1, -1, -1)
        at = at.clamp(0, n - 1).expand(b, 1, -1, -1)
        if mask.keys is not None:
            example = torch.arange(len(mask.keys), device=device)[:, None, None, None]
            there = there & mask.keys[example, at]
        return Choice(at, there)

    def _reach(self, mask: Mask) -> int:
        """How many positions lie in a window."""
        return self.window + 1 + (0 if mask.causal else self.window)


def _gated(streams: Streams[Tensor], *gates: float) -> Tensor:
    return streams.q.new_tensor(gates).expand(*streams.q.shape[:3], 3)


def _selected(streams: Streams[Tensor]) -> Streams[Tensor]:
    """The same streams where all but the selected keys are shut off."""
    return _in_all(streams).replace(gate=_gated(streams, -OPEN, OPEN, -OPEN))


def _of_window(streams: Streams[Tensor]) -> Streams[Tensor]:
    """The same streams where all but the window is shut off."""
    return _in_all(streams).replace(gate=_gated(streams, -OPEN, -OPEN, OPEN))


def _in_all(streams: Streams[Tensor]) -> Streams[Tensor]:
    """Streams with the same keys and values in all three readings."""
    k, v = streams.k, streams.v
    return streams.replace(block_k=k, block_v=v, near_k=k, near_v=v)
