"""Faults in what things are said to cost."""

import dataclasses

from torch import Tensor
from torch.nn.functional import elu

from faults.sound import Summed, Warm
from regard.attention import Cost, Mask, Streams


class DenseInDisguise(Summed):
    """Declares linear memory, and forms all n x n products on the way (zoology, mad)."""

    def forward(self, streams: Streams, mask: Mask) -> Tensor:
        return self.weights(streams, mask) @ mask.readable(streams.v)


class DenseWhenCausal(Summed):
    """Keeps its promise about memory, until it is causal."""

    def forward(self, streams: Streams, mask: Mask) -> Tensor:
        if not mask.causal:
            return super().forward(streams, mask)
        return self.weights(streams, mask) @ mask.readable(streams.v)


class DenseInBackward(Summed):
    """Keeps its promise forward, and forms n x n products for the gradient."""

    def forward(self, streams: Streams, mask: Mask) -> Tensor:
        mixed = super().forward(streams, mask)
        if mixed.requires_grad:
            a, b = (elu(streams.q) + 1).detach(), self.features(streams.k, mask).detach()
            mixed.register_hook(lambda slope: slope + 0 * (a @ b.mT).sum())
        return mixed


class SaidToBeLinear(Warm):
    """Declares linear time, and its own formula is quadratic."""

    traits = dataclasses.replace(Warm.traits, time="n")


class ValuesNotCounted(Warm):
    """Counts the products of queries and keys, and forgets those with the values."""

    def cost(self, n: int, m: int, mask: Mask = Mask()) -> Cost:
        sound = super().cost(n, m, mask)
        return dataclasses.replace(sound, matmul_flops=2 * self.size.h * n * m * self.size.d)


class CountedAsMultiplyAdds(Warm):
    """Takes a multiply-add for one operation."""

    def cost(self, n: int, m: int, mask: Mask = Mask()) -> Cost:
        sound = super().cost(n, m, mask)
        return dataclasses.replace(sound, matmul_flops=sound.matmul_flops // 2)


class GroupsNotCounted(Warm):
    """Counts a cache with as many heads as queries have, where keys and values have fewer."""

    def cost(self, n: int, m: int, mask: Mask = Mask()) -> Cost:
        state_numbers = self.size.h * m * (self.size.d + self.size.e)
        return dataclasses.replace(super().cost(n, m, mask), state_numbers=state_numbers)


class MaskForgotten(Summed):
    """Counts what it does without a mask, under every mask."""

    def cost(self, n: int, m: int, mask: Mask = Mask()) -> Cost:
        return super().cost(n, m)


class HiddenPairsNotCounted(Warm):
    """Counts the pairs that a causal mask allows, and computes all."""

    def cost(self, n: int, m: int, mask: Mask = Mask()) -> Cost:
        per_pair = 2 * self.size.h * (self.size.d + self.size.e)
        return dataclasses.replace(super().cost(n, m, mask), matmul_flops=per_pair * mask.pairs(n, m))
