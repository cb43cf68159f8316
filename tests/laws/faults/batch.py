"""Faults between the examples of a batch."""

import torch
from torch import Tensor

from faults.sound import Warm
from regard.attention import Mask, Streams, Traits


class BatchScaledInverse(Warm):
    """Landmarks whose pseudo-inverse starts from a maximum over the whole batch (nystrom-attention, HF)."""

    traits = Traits(source="this test", time="n^2", memory="n^2", equivariant=False)

    def mix(self, streams: Streams, mask: Mask) -> Tensor:
        q, k = streams.q, streams.k
        near_q, near_k = (torch.stack([x.mean(2) for x in each.chunk(8, 2)], 2) for each in (q, k))
        among = (near_q @ near_k.mT).softmax(-1)
        inverse = among.mT / among.sum(-2).max()
        for _ in range(4):
            inverse = inverse @ (2 * torch.eye(8).to(q) - among @ inverse)
        return (q @ near_k.mT).softmax(-1) @ inverse @ (near_q @ k.mT).softmax(-1) @ streams.v


class SharedTemperature(Warm):
    """Measures the spread of the keys over the whole batch."""

    def mix(self, streams: Streams, mask: Mask) -> Tensor:
        spread = mask.readable(streams.k).std()
        return super().mix(streams.replace(q=streams.q / (1 + spread)), mask)
