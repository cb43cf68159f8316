"""Softmax attention by torch's FlexAttention: one compiled kernel, and no tensor of pairs.

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

OLDEST = "2.7"
"""The version of torch from which what is used here is there."""

KERNELS = 64
"""How many kernels torch may compile, for lengths, types and parts of masks: 8 unless it is told."""


@final
class Flex(KernelForm):
    """FlexAttention, compiled. Uncompiled it would form all scores, and refuse gradients on a CPU."""

    name: ClassVar[str] = "flex"

    def misfit(self, size: Size, work: Workload) -> str | None:
        if torch.__version__ < OLDEST:
            return f"needs torch {OLDEST} or a later one, and this is {torch.__version__}"
        if work.device.type != "cuda":
            return f"needs streams on CUDA, and these lie on {work.device.type}"
        if work.dtype == torch.float64:
            return "computes in float32 at most, and these streams are float64"
        dense = {"edges", "dense"}.intersection(work.parts)
        if dense:
            return f"reads no part of a mask with an entry for each pair, such as {min(dense)}"
        if min(size.d, size.e) < FEWEST_FEATURES:
            return f"needs {FEWEST_FEATURES} features per head, and here are {min(size.d, size.e)}"
        return None


@final
@dataclass(frozen=True)
class Reach:
    """How far n queries read among m keys; those that are set apart, as far as the mask lets them."""

    n: int
    m: int
    start: int
    """Where the first query stands among the keys."""
    near: int
    """How far a key may stand from a query."""
    stride: int
    """What such distances are multiples of."""
    behind: int
    """How far back any key may stand."""
    ahead: int
    """How far forward any key may stand."""

    @classmethod
    def of(cls, mask: Mask, n: int, m: int, near: int | None = None, stride: int = 1) -> Self:
        """That of a mechanism under a mask: to all that the mask allows, unless it is said how near."""
        most = max(mask.start + n, m)
        farthest = most if mask.window is None else min(mask.window, most)
        near = most if near is None else min(near, most)
        return cls(n, m, mask.start, near, stride, farthest, 0 if mask.causal else farthest)


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
    score = _score(mask, len(q), q.shape[1], device)
    with without_autocast(device):
        return attend(q, k, v, score, blocks, size.scale)


def attend(
    q: Tensor,
    k: Tensor,
    v: Tensor,
    score: Callable[..., Tensor] | None,
    blocks: BlockMask,
    scale: float | None,
) -> Float[Tensor, "b h n e"]:
    """FlexAttention, compiled: as a part of what is being compiled, or by itself."""
    flex: Any = flex_attention if torch.compiler.is_compiling() else _compiled()
    return flex(q, k, v, score, blocks, scale=scale, enable_gqa=k.shape[1] != q.shape[1])


@functools.cache
def _compiled() -> Callable[..., Tensor]:
    # without `fullgraph` a refusal to compile would go on with all n x n scores, silently
    compiled = torch.compile(flex_attention, fullgraph=True)
    # gradients that are asked for twice need what the backward pass would write over to save memory
    keeping: Any = torch._functorch.config.patch(donated_buffer=False)
    allowing: Any = torch._dynamo.config.patch(recompile_limit=KERNELS)
    return keeping(allowing(compiled))


@functools.lru_cache(maxsize=64)
def _block_mask_of_band(reach: Reach, device: torch.device) -> BlockMask:
    """The block mask where no position is set apart, kept for the next layers and batches."""
    # one that is made while a model is evaluated serves its training, too
    with torch.inference_mode(mode=False), torch.no_grad():
        return _block_mask(reach, None, device)


def _block_mask(reach: Reach, apart: Bool[Tensor, "b n"] | None, device: torch.device) -> BlockMask:
    near, stride, behind, ahead, start = (
        _loaded(number, device)
        for number in (reach.near, reach.stride, reach.behind, reach.ahead, reach.start)
    )

    def reads(b: Tensor, h: Tensor, i: Tensor, j: Tensor) -> Tensor:
        offset = j - i - start
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
        seq_lengths=(reach.n, reach.m),
    )


def _filled_blocks(
    reach: Reach, apart: Bool[Tensor, "b n"] | None, device: torch.device
) -> Bool[Tensor, "#b row column"]:
    """In which blocks of queries and keys there may be a pair that is read."""
    row, column = (torch.arange(-(-length // BLOCK), device=device) for length in (reach.n, reach.m))
    # the offsets of a block of pairs lie less than a block away from that of its corner
    corner = BLOCK * (column - row.unsqueeze(1)) - reach.start
    read = (corner < reach.near + BLOCK) & (corner > -reach.near - BLOCK)
    read = read.unsqueeze(0)
    if apart is not None:
        holds = pad(apart, (0, -reach.n % BLOCK)).reshape(-1, len(row), BLOCK).any(2)
        read = read | holds.unsqueeze(1) | holds.unsqueeze(2)
    return read & (corner < reach.ahead + BLOCK) & (corner > -reach.behind - BLOCK)


def _score(mask: Mask, b: int, h: int, device: torch.device) -> Callable[..., Tensor] | None:
    """What a mask makes of the score of a pair, beyond what the block mask says of it."""
    keys, segments, bias = _each(mask.keys, b), _each(mask.segments, b), mask.bias
    # copies: a compiled function loses the gradient of a captured view without a word (torch 2.13)
    slopes = None if bias.slopes is None else widen(bias.slopes).expand(h).clone()
    table = None if bias.table is None else widen(bias.table).expand(h, -1).clone()
    if keys is None and segments is None and slopes is None and table is None:
        return None
    start, extent = _loaded(mask.start, device), _loaded(0 if table is None else table.shape[-1] // 2, device)

    def score_of(score: Tensor, b: Tensor, h: Tensor, i: Tensor, j: Tensor) -> Tensor:
        if slopes is not None:
            score = score - slopes[h] * (j - i - start).abs()
        if table is not None:
            score = score + table[h, torch.minimum(torch.maximum(j - i - start, -extent), extent) + extent]
        if keys is not None:
            score = torch.where(keys[b, j], score, -torch.inf)
        if segments is not None:
            score = torch.where(segments[b, i + start] == segments[b, j], score, -torch.inf)
        return score

    return score_of


def _each(part: Tensor | None, b: int) -> Tensor | None:
    """A part of a mask for each of b sequences."""
    return None if part is None else part.expand(b, -1).contiguous()


def _loaded(number: int, device: torch.device) -> Int32[Tensor, ""]:
    """A number that is no part of the compiled kernel."""
    return torch.full((), number, dtype=torch.int32, device=device)
