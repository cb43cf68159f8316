"""Faults in going on by pieces."""

import dataclasses
from typing import Any

from torch import Tensor
from torch.nn.functional import elu

from faults.sound import Gated, State, Summed, Warm
from regard.attention import Cost, Mask, Streams


class StreamsWithoutNormalizer(Summed):
    """Divides by the shares of the newest keys alone."""

    def extend(self, streams: Streams, mask: Mask, state: State) -> tuple[Tensor, State]:
        mixed, after = super().extend(streams, mask, state)
        a, b = elu(streams.q) + 1, self.features(streams.k, mask.since_start).cumsum(2)
        newest = (a * b).sum(-1, keepdim=True)
        before = (a * state[1].unsqueeze(2)).sum(-1, keepdim=True)
        return mixed * (newest + before) / newest.clamp_min(1e-12), after


class StreamsWithDecay(Summed):
    """Forgets a little at each piece, which all at once does not."""

    def extend(self, streams: Streams, mask: Mask, state: State) -> tuple[Tensor, State]:
        return super().extend(streams, mask, (0.99 * state[0], 0.99 * state[1]))


class StateLostAtACut(Summed):
    """Starts every piece of more than one position from nothing."""

    def extend(self, streams: Streams, mask: Mask, state: State) -> tuple[Tensor, State]:
        many = streams.q.shape[2] > 1
        return super().extend(streams, mask, (0 * state[0], 0 * state[1]) if many else state)


class GradientCutInState(Summed):
    """Streams the right outputs, but no gradient flows through the state."""

    def extend(self, streams: Streams, mask: Mask, state: State) -> tuple[Tensor, State]:
        return super().extend(streams, mask, (state[0].detach(), state[1].detach()))


class StateOverwritten(Summed):
    """Writes into the state that it was given."""

    def extend(self, streams: Streams, mask: Mask, state: State) -> tuple[Tensor, State]:
        mixed, new = super().extend(streams, mask, state)
        for old, now in zip(state, new, strict=True):
            old.data = now.data
        return mixed, new


class PaddingWritten(Summed):
    """Writes hidden keys into the state."""

    def extend(self, streams: Streams, mask: Mask, state: State) -> tuple[Tensor, State]:
        return super().extend(streams, dataclasses.replace(mask, keys=None), state)


class BiasFromTheFirstRow(Warm):
    """Goes on with the dense bias of the first positions, whichever come next."""

    def extend(self, streams: Streams, mask: Mask, state: Any) -> Any:
        dense = mask.bias.dense
        if dense is not None:
            bias = dataclasses.replace(mask.bias, dense=dense[..., :1, :].expand_as(dense))
            mask = dataclasses.replace(mask, bias=bias)
        return super().extend(streams, mask, state)


class StrengthNotCached(Gated):
    """Caches keys and values, and takes the strengths of old keys for 0."""

    def extend(self, streams: Streams, mask: Mask, state: Any) -> Any:
        return super().extend(streams, mask, state | {"strength": 0 * state["strength"]})


class StateKeepsAllSums(Summed):
    """Hands on a view of the sums of all positions, which keeps them alive."""

    def extend(self, streams: Streams, mask: Mask, state: State) -> tuple[Tensor, State]:
        mixed, (memory, mass) = super().extend(streams, mask, state)
        every = memory.unsqueeze(2).repeat(1, 1, streams.k.shape[2], 1, 1)
        return mixed, (every[:, :, -1], mass)


class NormalizerNotCounted(Summed):
    """The formula forgets one of the two sums that streaming carries."""

    def cost(self, n: int, m: int, mask: Mask = Mask()) -> Cost:
        h, d, e = self.size.h, self.size.d, self.size.e
        return dataclasses.replace(super().cost(n, m, mask), state_numbers=h * d * e)
