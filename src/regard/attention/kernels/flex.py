"""Softmax attention over a band by torch's FlexAttention: one compiled kernel, and no tensor of pairs.

The kernel skips every block of 128 x 128 pairs in which nothing is read. Which these are follows from the
band itself, so that no n x n mask is made to find them. What differs from batch to batch, padding and
documents, hides scores within the blocks, so that one block mask serves all batches of a length.

Whatever changes from use to use is a tensor that the kernel loads: a number would be compiled into it, and
torch compiles few kernels of one function before it refuses.
"""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, Self, final

import torch
from jaxtyping import Bool, Float, Int32
from torch import Tensor
from torch.nn.attention.flex_attention import BlockMask, flex_attention
from torch.nn.functional import pad

from regard.attention.kernel_form import KernelForm, Workload
from regard.attention.mask import Mask
from regard.attention.precision import widen, without_autocast
from regard.attention.size import Size
from regard.attention.streams import Streams

BLOCK = 128
"""Positions along a side of a block: what the kernel reads at once."""

FEWEST_FEATURES = 16
"""Of a key and of a value: the narrowest products of a tensor core."""

KERNELS = 64
"""How many kernels torch may compile, for lengths, types and parts of masks: 8 unless it is told."""


@final
class Flex(KernelForm):
    """FlexAttention, compiled. Uncompiled it would form all scores, and refuse gradients on a CPU."""

    name: ClassVar[str] = "flex"

    def misfit(self, size: Size, work: Workload) -> str | None:
        if work.device.type != "cuda":
            return f"needs streams on CUDA, and these lie on {work.device.type}"
        if work.dtype == torch.float64:
            return "computes in float32 at most, and these streams are float64"
        if min(size.d, size.e) < FEWEST_FEATURES:
            return f"needs {FEWEST_FEATURES} features per head, and here are {min(size.d, size.e)}"
        return None


@final
@dataclass(frozen=True)
class Reach:
    """How far n positions read: a few steps, and those that are set apart as far as the mask lets them."""

    n: int
    near: int
    """How far a key may stand from a query."""
    stride: int
    """What such distances are multiples of."""
    behind: int
    """How far back any key may stand."""
    ahead: int
    """How far forward any key may stand."""

    @classmethod
    def of(cls, n: int, near: int, stride: int, mask: Mask) -> Self:
        """That of a mechanism under a mask."""
        farthest = n if mask.window is None else min(mask.window, n)
        return cls(n, min(near, n), stride, farthest, 0 if mask.causal else farthest)


def band_attention(
    streams: Streams[Tensor], reach: Reach, apart: Bool[Tensor, "#b n"] | None, mask: Mask, size: Size
) -> Float[Tensor, "b h n e"]:
    """Softmax of q·k over the temperature plus the bias; a row with nothing to read gives 0.

    apart: which positions are read by all and read all, if any.
    """
    v, device = mask.readable(streams.v), streams.q.device
    q, k = streams.q.to(v.dtype), mask.readable(streams.k).to(v.dtype)
    if apart is None:
        blocks = _block_mask_of_band(reach, device)
    else:
        blocks = _block_mask(reach, apart.expand(len(q), -1).contiguous(), device)
    with without_autocast(device):
        return attend(q, k, v, _score(mask, *q.shape[:3]), blocks, scale=size.scale)


def attend(*given: Any, **options: Any) -> Tensor:
    """FlexAttention, compiled: as a part of what is being compiled, or by itself."""
    if torch.compiler.is_compiling():
        return flex_attention(*given, **options)
    return _compiled()(*given, **options)


@functools.cache
def _compiled() -> Callable[..., Tensor]:
    # without `fullgraph` a refusal to compile would go on with all n x n scores, silently
    compiled = torch.compile(flex_attention, fullgraph=True)
    allowed: Callable[..., Tensor] = torch._dynamo.config.patch(recompile_limit=KERNELS)(compiled)
    return allowed


@functools.lru_cache(maxsize=64)
def _block_mask_of_band(reach: Reach, device: torch.device) -> BlockMask:
    """The block mask where no position is set apart, kept for the next layers and batches."""
    # one that is made while a model is evaluated serves its training, too
    with torch.inference_mode(mode=False), torch.no_grad():
        return _block_mask(reach, None, device)


def _block_mask(reach: Reach, apart: Bool[Tensor, "b n"] | None, device: torch.device) -> BlockMask:
    near, stride, behind, ahead = (
        torch.full((), number, dtype=torch.int32, device=device)
        for number in (reach.near, reach.stride, reach.behind, reach.ahead)
    )

    def reads(b: Tensor, h: Tensor, i: Tensor, j: Tensor) -> Tensor:
        offset = j - i
        read = (offset.abs() <= near) & (offset % stride == 0)
        if apart is not None:
            read = read | apart[b, i] | apart[b, j]
        return read & (offset >= -behind) & (offset <= ahead)

    filled = _filled_blocks(reach, apart, device).unsqueeze(1)
    return BlockMask.from_kv_blocks(
        filled.sum(-1, dtype=torch.int32),
        filled.int().argsort(dim=-1, descending=True, stable=True).int(),
        BLOCK_SIZE=BLOCK,
        mask_mod=reads,
        seq_lengths=(reach.n, reach.n),
    )


def _filled_blocks(
    reach: Reach, apart: Bool[Tensor, "b n"] | None, device: torch.device
) -> Bool[Tensor, "#b row column"]:
    """In which blocks of queries and keys there may be a pair that is read."""
    count = -(-reach.n // BLOCK)
    block = torch.arange(count, device=device)
    # the offsets of a block of pairs lie less than a block away from that of its corner
    corner = BLOCK * (block - block.unsqueeze(1))
    read = (corner < reach.near + BLOCK) & (corner > -reach.near - BLOCK)
    read = read.unsqueeze(0)
    if apart is not None:
        holds = pad(apart, (0, count * BLOCK - reach.n)).reshape(-1, count, BLOCK).any(2)
        read = read | holds.unsqueeze(1) | holds.unsqueeze(2)
    return read & (corner < reach.ahead + BLOCK) & (corner > -reach.behind - BLOCK)


def _score(mask: Mask, b: int, h: int, n: int) -> Callable[..., Tensor] | None:
    """What a mask makes of the score of a pair, beyond what the block mask says of it."""
    keys, segments, bias = _each(mask.keys, b, n), _each(mask.segments, b, n), mask.bias
    slopes = None if bias.slopes is None else widen(bias.slopes).expand(h).contiguous()
    table = None if bias.table is None else widen(bias.table).expand(h, -1).contiguous()
    if keys is None and segments is None and slopes is None and table is None:
        return None
    extent = _extent(table)

    def score_of(score: Tensor, b: Tensor, h: Tensor, i: Tensor, j: Tensor) -> Tensor:
        if slopes is not None:
            score = score - slopes[h] * (j - i).abs()
        if table is not None and extent is not None:
            score = score + table[h, torch.minimum(torch.maximum(j - i, -extent), extent) + extent]
        if keys is not None:
            score = torch.where(keys[b, j], score, -torch.inf)
        if segments is not None:
            score = torch.where(segments[b, i] == segments[b, j], score, -torch.inf)
        return score

    return score_of


def _each(part: Tensor | None, b: int, n: int) -> Tensor | None:
    """A part of a mask for each of b sequences."""
    return None if part is None else part.expand(b, n).contiguous()


def _extent(table: Tensor | None) -> Int32[Tensor, ""] | None:
    """The farthest offset of which a table knows."""
    if table is None:
        return None
    return torch.full((), table.shape[-1] // 2, dtype=torch.int32, device=table.device)
