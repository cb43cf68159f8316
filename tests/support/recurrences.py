"""Memories by the plainest loops in float64: one example, head and position after the other."""

import torch


def read_by_steps(streams, step, read, *, causal, keys=None, empty=None):
    """What each query reads of a memory to which `step(memory, b, h, i)` writes position i.

    `read(memory, b, h, i)` is what query i reads. Hidden positions write nothing. Without `causal` every
    query reads the last memory. `empty` is the memory at the start, by default d x e zeros.
    """
    b_all, h_all, n, d = streams.q.shape
    e = streams.v.shape[3]
    out = torch.zeros(b_all, h_all, n, e, dtype=torch.float64)
    for b in range(b_all):
        for h in range(h_all):
            memory = torch.zeros(d, e, dtype=torch.float64) if empty is None else empty
            for i in range(n):
                memory = step(memory, b, h, i) if keys is None or keys[b, i] else memory
                out[b, h, i] = read(memory, b, h, i)
            if not causal:
                out[b, h] = torch.stack([read(memory, b, h, i) for i in range(n)])
    return out


KEYS = torch.tensor(
    [[True, False, True, True, False, True, True], [False, False, True, True, True, True, False]]
)
"""Padding inside and on both sides of seven positions."""
