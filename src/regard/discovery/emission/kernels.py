"""The kernels by which regard computes what `standalone` says position by position."""

from typing import Any

import torch
from torch import Tensor

from regard.attention.kernels import decaying_prefix, delta_rule, prefix
from regard.discovery.emission.standalone import Memory, Reading, _real


def recall(q: Tensor, memory: Memory, reading: Reading) -> Tensor:
    """What each query finds, in chunks of positions."""
    k, v = _real(memory.k, reading), memory.v
    decay = None if memory.decay is None else _real(memory.decay, reading)
    held = k.new_zeros(*k.shape[:2], k.shape[3], v.shape[3])
    module: Any = prefix
    writes = [k, v]
    if memory.strength is not None:
        strength = _real(memory.strength, reading)
        module, writes = delta_rule, [k, strength * v, strength * k]
    elif decay is not None:
        module = decaying_prefix
    fades = [] if decay is None else [decay]
    if not reading.causal:
        return q @ module.write(held, *writes, *fades)
    if reading.start:
        # what stands before the first query is written at once, and the rest read as it is written
        held = module.write(held, *(x[:, :, : reading.start] for x in (*writes, *fades)))
        writes, fades = ([x[:, :, reading.start :] for x in each] for each in (writes, fades))
    n = min(reading.n, writes[0].shape[2])
    if n == 0:
        return q @ held
    here, fading = ([x[:, :, :n] for x in each] for each in (writes, fades))
    if n == 1:
        held = module.write(held, *here, *fading)
        mixed = q[:, :, :1] @ held
    elif module is delta_rule:
        mixed, held = module.read_so_far(q[:, :, :n], *here, held, *fading)
    else:
        mixed, held = module.read_so_far(q[:, :, :n], *here, *fading, held)
    # queries behind the last key read all of them
    return mixed if n == reading.n else torch.cat([mixed, q[:, :, n:] @ held], 2)
