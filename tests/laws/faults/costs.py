"""Faults in what things are said to cost."""

import dataclasses

from torch import Tensor
from torch.nn.functional import elu

from faults.sound import Recurrent, Warm
from regard.attention import Cost, Mask


class DenseInDisguise(Recurrent):
    """Declares linear memory, and forms all n x n products on the way (zoology, mad)."""

    def forward(self, q: Tensor, k: Tensor, v: Tensor, mask: Mask) -> Tensor:
        return self.weights(q, k, mask) @ mask.readable(v)


class DenseWhenCausal(Recurrent):
    """Keeps its promise about memory, until it is causal."""

    def forward(self, q: Tensor, k: Tensor, v: Tensor, mask: Mask) -> Tensor:
        if not mask.causal:
            return super().forward(q, k, v, mask)
        return self.weights(q, k, mask) @ mask.readable(v)


class DenseInBackward(Recurrent):
    """Keeps its promise forward, and forms n x n products for the gradient."""

    def forward(self, q: Tensor, k: Tensor, v: Tensor, mask: Mask) -> Tensor:
        mixed = super().forward(q, k, v, mask)
        if mixed.requires_grad:
            a, b = (elu(q) + 1).detach(), self.features(k, mask).detach()
            mixed.register_hook(lambda slope: slope + 0 * (a @ b.mT).sum())
        return mixed


class SaidToBeLinear(Warm):
    """Declares linear time, and its own formula is quadratic."""

    traits = dataclasses.replace(Warm.traits, time="n")


class ValuesNotCounted(Warm):
    """Counts the products of queries and keys, and forgets those with the values."""

    def cost(self, n: int, m: int) -> Cost:
        sound = super().cost(n, m)
        return dataclasses.replace(sound, matmul_flops=2 * self.size.heads * n * m * self.size.key_features)


class CountedAsMultiplyAdds(Warm):
    """Takes a multiply-add for one operation."""

    def cost(self, n: int, m: int) -> Cost:
        sound = super().cost(n, m)
        return dataclasses.replace(sound, matmul_flops=sound.matmul_flops // 2)


class ParametersNotCounted(Warm):
    """Has parameters, and says that it has none."""

    def cost(self, n: int, m: int) -> Cost:
        return dataclasses.replace(super().cost(n, m), parameters=0)
