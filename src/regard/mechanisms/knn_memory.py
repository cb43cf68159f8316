"""A memory of nearest neighbors: what lies far back is read where it fits best, what is near as ever."""

from collections.abc import Sequence
from typing import Self, final

import torch
from jaxtyping import Float
from torch import Tensor, nn

from regard.attention.bases.scored import Scored
from regard.attention.kernels.scores import safe_softmax
from regard.attention.mask import Mask
from regard.attention.mechanism import Near
from regard.attention.precision import widen
from regard.attention.size import Size
from regard.attention.traits import Tie, Traits

SHUT = -1e4
"""A gate at which nothing of the memory is read."""


@final
class KnnMemory(Scored):
    """g times what is read from the memory and 1 - g times what is read nearby, with g = sigmoid(b) per head.

    Use it for documents longer than the context, with exact lookups in what was read before.

    Nearby are the keys at most `window` positions away. All others are in the memory, which grows with the
    sequence; of them a query reads the `keep` with the largest scores, by softmax. Where one of the two has
    nothing to read, the other is read alone. Ties at the last place are all kept. In the paper no gradient
    passes into the memory, as it was written in earlier steps; here it is written in the same pass.

    window: keys on each side that are nearby; a causal query has only those before it, and itself.
    keep: how many keys of the memory a query reads.
    """

    traits = Traits.of_scores(
        source="Wu et al. 2022, arXiv 2203.08913, eq. 2 and 3",
        mass="exactly 1",
        chooses=True,
        ties=(Tie("softmax", "window >= n"), Tie("local", "b -> -inf")),
    ).without("cross", "slopes", "table", "dense", "equivariant")

    def __init__(self, size: Size, *, window: int = 8, keep: int = 4) -> None:
        super().__init__(size)
        self.require(window >= 0, f"window must not be negative, but is {window}.")
        self.require_positive(keep=keep)
        self.window, self.keep = window, keep
        self.bias = nn.Parameter(torch.zeros(size.h, 1, 1))

    def normalize(self, scores: Float[Tensor, "b h n m"], mask: Mask) -> Float[Tensor, "b h n m"]:
        n, m = scores.shape[2:]
        near = mask.offsets(n, m, scores.device).abs() <= self.window
        far = scores.masked_fill(near, -torch.inf)
        last_kept = far.topk(min(self.keep, m)).values[..., -1:]
        recalled = safe_softmax(far.masked_fill(far < last_kept, -torch.inf))
        nearby = safe_softmax(scores.masked_fill(~near, -torch.inf))
        return torch.lerp(nearby, recalled, self._share(nearby, recalled))

    def flops_per_score(self, m: int) -> int:
        # select, compare; two softmax of five; whether anything is there; subtract, multiply, add
        return 17

    def _share(self, nearby: Tensor, recalled: Tensor) -> Float[Tensor, "b h n 1"]:
        """g; 1 or 0 where only one of the two is there."""
        gate = widen(self.bias).sigmoid().to(recalled.dtype)
        some_near, some_far = ((each > 0).any(-1, keepdim=True) for each in (nearby, recalled))
        return torch.where(some_near & some_far, gate, some_far.to(gate.dtype))

    @classmethod
    def toward(cls, name: str, size: Size) -> Sequence[Near[Self]]:
        if name == "local":
            return [Near(cls._gated(size, bias)) for bias in (0.0, -5.0, SHUT)]
        return [Near(cls(size, window=size.length // part)) for part in (2, 1)]

    @classmethod
    def _gated(cls, size: Size, bias: float) -> Self:
        mechanism = cls(size)
        nn.init.constant_(mechanism.bias, bias)
        return mechanism
