"""One-hot values, by which a mechanism that is linear in them shows its weights.

Output e of a value that is 1 in feature e of one key alone is the weight of that key. With fewer features
than keys the sequences are repeated: each copy shows as many keys as there are features.
"""

from dataclasses import replace

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import pad

from regard.attention.mask import Mask
from regard.attention.streams import Streams


def values_at_each_key(streams: Streams[Tensor], e: int) -> Streams[Tensor]:
    """Copies of the streams, (copies * b, h, m, x), whose values are one-hot."""
    b, h, m, _ = streams.v.shape
    copies = _copies(m, e)
    keys = torch.eye(m, dtype=streams.v.dtype, device=streams.v.device)
    values = pad(keys, (0, copies * e - m)).view(m, copies, e).transpose(0, 1)
    repeated = streams.map(lambda stream: stream.repeat(copies, 1, 1, 1))
    return repeated.replace(v=values.repeat_interleave(b, 0).unsqueeze(1).expand(-1, h, -1, -1))


def repeated(mask: Mask, streams: Streams[Tensor], e: int) -> Mask:
    """The mask of the copies; of its parts, only `keys` differs from sequence to sequence."""
    b, _, m, _ = streams.v.shape
    keys = None if mask.keys is None else mask.keys.expand(b, -1).repeat(_copies(m, e), 1)
    return replace(mask, keys=keys)


def columns(mixed: Float[Tensor, "copies h n e"], streams: Streams[Tensor]) -> Float[Tensor, "b h n m"]:
    """The outputs of the copies side by side, a column for each key."""
    b, _, m, _ = streams.v.shape
    return mixed.reshape(-1, b, *mixed.shape[1:]).movedim(0, 3).flatten(3)[..., :m]


def _copies(m: int, e: int) -> int:
    return -(-m // e)
