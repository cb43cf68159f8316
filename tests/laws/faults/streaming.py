"""Faults of the recurrent form."""

from torch import Tensor
from torch.nn.functional import elu

from faults.sound import Recurrent
from regard.attention import Cost


class StreamsWithoutNormalizer(Recurrent):
    """Divides by the newest key's share alone."""

    def step(self, q: Tensor, k: Tensor, v: Tensor, state: tuple[Tensor, Tensor]) -> tuple[Tensor, object]:
        _, (memory, mass) = super().step(q, k, v, state)
        a = elu(q) + 1
        newest = (a * (elu(k) + 1)).sum(-1, keepdim=True)
        return (a.unsqueeze(-2) @ memory).squeeze(-2) / newest, (memory, mass)


class StreamsWithDecay(Recurrent):
    """Forgets a little at each step, which the parallel form does not."""

    def step(self, q: Tensor, k: Tensor, v: Tensor, state: tuple[Tensor, Tensor]) -> tuple[Tensor, object]:
        return super().step(q, k, v, (0.99 * state[0], 0.99 * state[1]))


class GradientCutInState(Recurrent):
    """Streams the right outputs, but no gradient flows through the state."""

    def step(self, q: Tensor, k: Tensor, v: Tensor, state: tuple[Tensor, Tensor]) -> tuple[Tensor, object]:
        return super().step(q, k, v, (state[0].detach(), state[1].detach()))


class StateOverwritten(Recurrent):
    """Writes into the state that it was given."""

    def step(self, q: Tensor, k: Tensor, v: Tensor, state: tuple[Tensor, Tensor]) -> tuple[Tensor, object]:
        mixed, new = super().step(q, k, v, state)
        for old, now in zip(state, new, strict=True):
            old.data = now.data
        return mixed, new


class NormalizerNotCounted(Recurrent):
    """The formula forgets one of the two sums that streaming carries."""

    def cost(self, n: int, m: int) -> Cost:
        h, d, e = self.size.heads, self.size.key_features, self.size.value_features
        return Cost(matmul_flops=2 * h * d * ((n + m) * e + n), state_numbers=h * d * e)
