"""Softmax attention by torch's fused kernel, under any mask."""

import torch
from jaxtyping import Bool, Float
from torch import Tensor
from torch.nn.functional import scaled_dot_product_attention

from regard.attention.mask import Mask
from regard.attention.precision import widen, without_autocast
from regard.attention.size import Size
from regard.attention.streams import Streams


def _at_once(streams: Streams[Tensor], mask: Mask, size: Size) -> Float[Tensor, "b h n e"]:
    """softmax(q kT / temperature + bias) v over the keys that the mask allows; a row with none gives 0."""
    q, k, v = streams.q, streams.k, streams.v
    n, m = q.shape[2], k.shape[2]
    grouped = k.shape[1] != q.shape[1]
    if skips_pairs(mask, n, m):
        causal = mask.causal and mask.start == 0
        return scaled_dot_product_attention(q, k, v, is_causal=causal, scale=size.scale, enable_gqa=grouped)
    streams = streams.replace(k=mask.readable(k), v=mask.readable(v))
    allowed, added = mask.allowed(n, m, q.device), mask.added(n, m, q.device)
    return _biased(streams, allowed, added, size, grouped)


def skips_pairs(mask: Mask, n: int, m: int) -> bool:
    """Whether the kernel needs no n x m tensor: no mask, causal, or no key behind the first query."""
    return mask.parts in ((), ("causal",)) or (mask.parts == ("causal", "start") and mask.start >= m - 1)


def fused_pairs(mask: Mask, n: int, m: int) -> int:
    """How many of the n x m pairs the kernel computes: of a dense mask it computes all."""
    return mask.pairs(n, m) if skips_pairs(mask, n, m) else n * m


def fused_pieces(
    q: Float[Tensor, "b h piece length d"],
    k: Float[Tensor, "b h piece span d"],
    v: Float[Tensor, "b h piece span e"],
    allowed: Bool[Tensor, "#b 1 #piece length span"],
    added: Float[Tensor, "#h #piece length span"] | None,
    size: Size,
) -> Float[Tensor, "b h piece length e"]:
    """Softmax attention within each of many pieces; a row with nothing that is allowed gives 0.

    added: what is added to the scores.
    """
    b, h = q.shape[:2]
    streams = Streams(q=q.flatten(0, 1), k=k.flatten(0, 1), v=v.flatten(0, 1))
    # one for all sequences and heads is not repeated
    alike = len(allowed) == 1 and added is None
    allowed = (allowed if alike else allowed.expand(b, h, -1, -1, -1)).flatten(0, 1)
    if added is not None:
        added = added.expand(b, h, *added.shape[1:]).flatten(0, 1)
    mixed = _biased(streams, allowed, added, size)
    return mixed.reshape(b, h, *mixed.shape[1:])


BLOCK = 256
"""Queries that are mixed at once where the mask differs from query to query: so many rows of it are made."""


def fused_attention(streams: Streams[Tensor], mask: Mask, size: Size) -> Float[Tensor, "b h n e"]:
    """Softmax attention under any mask, in blocks of queries where all rows of the mask would be n x m."""
    q, m = streams.q, streams.k.shape[2]
    n = q.shape[2]
    if n <= BLOCK or skips_pairs(mask, n, m) or set(mask.parts) <= {"keys", "start"}:
        return _at_once(streams, mask, size)
    mixed = []
    for first in range(0, n, BLOCK):
        stop = min(first + BLOCK, n)
        block = streams.replace(q=q[:, :, first:stop])
        mixed.append(_at_once(block, mask.queries(first, stop), size))
    return torch.cat(mixed, 2)


def _biased(
    streams: Streams[Tensor], allowed: Tensor | None, added: Tensor | None, size: Size, grouped: bool = False
) -> Float[Tensor, "b h n e"]:
    """The kernel with a dense mask and a bias, each of which may be none."""
    q, k, v = streams.q, streams.k, streams.v
    if added is None:
        return scaled_dot_product_attention(q, k, v, attn_mask=allowed, scale=size.scale, enable_gqa=grouped)
    # the kernel takes a bias of the type of q only, and bfloat16 would round a distance of 2,000 to 2,048
    with without_autocast(q.device):
        q, k, v = widen(q), widen(k), widen(v)
        added = added.to(q.dtype)
        if allowed is not None:
            added = added.masked_fill(~allowed, -torch.inf)
        mixed = scaled_dot_product_attention(q, k, v, attn_mask=added, scale=size.scale, enable_gqa=grouped)
    return mixed.to(streams.v.dtype)
