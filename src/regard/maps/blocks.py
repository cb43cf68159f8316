"""Maps as bytes: small enough for a page, exact enough for an eye, and pooled where they are too many."""

import base64
import gzip
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from regard.core.results.lens import MapBlock, Rows


def block_of(maps: Float[Tensor, "heads n m"]) -> MapBlock:
    """The maps of all heads, exact to 0.4 % of a head's largest entry, or 0.8 % where entries may be below 0.

    An entry of 0 stays 0, and no other becomes 0 that is at least 4e-6 of the largest.
    """
    signed = bool((maps < 0).any())
    heads, n, m = maps.shape
    peaks = maps.abs().amax((1, 2)).double()
    roots = (maps.double().abs() / peaks.clamp_min(torch.finfo(torch.float64).tiny)[:, None, None]).sqrt()
    levels = (maps.sign() * 127 * roots).round() + 128 if signed else (255 * roots).round()
    data = levels.cpu().numpy().astype(np.uint8).tobytes()
    return MapBlock(
        heads=heads,
        queries=n,
        keys=m,
        signed=signed,
        peaks=tuple(peaks.tolist()),
        # no time stamp: the same maps are the same bytes
        data=base64.b64encode(gzip.compress(data, mtime=0)).decode(),
    )


def maps_of(block: MapBlock) -> Float[Tensor, "heads n m"]:
    """The maps that a block holds."""
    data = np.frombuffer(gzip.decompress(base64.b64decode(block.data)), np.uint8).astype(np.float64)
    levels = torch.from_numpy(data).reshape(block.heads, block.queries, block.keys)
    roots = (levels - 128) / 127 if block.signed else levels / 255
    return torch.tensor(block.peaks, dtype=torch.float64)[:, None, None] * roots * roots.abs()


def pooled_block(block: MapBlock, size: int, places: Sequence[int]) -> MapBlock:
    """The same map in blocks of size x size: what their queries read, on average, of all of their keys. Rows
    sum to what they summed to. The rows at `places` are kept beside it as they are.
    """
    maps = maps_of(block)
    rows = Rows(places=tuple(places), block=block_of(maps[:, list(places)]))
    return replace(block_of(pooled(maps, size)), pooled=size, rows=rows)


def pooled(maps: Float[Tensor, "heads n m"], size: int) -> Float[Tensor, "heads blocks_n blocks_m"]:
    """The mean over blocks of queries of the sum over blocks of keys; last blocks may be smaller."""
    by_query = torch.stack([few.mean(1) for few in torch.split(maps, size, 1)], 1)
    return torch.stack([few.sum(2) for few in torch.split(by_query, size, 2)], 2)
