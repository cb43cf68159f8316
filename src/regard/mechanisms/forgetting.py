"""The forgetting transformer: softmax attention whose scores fade with what has happened in between."""

from collections.abc import Sequence
from typing import Any, Self, final

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import logsigmoid

from regard.attention.bases.scored import Scored
from regard.attention.kernels.scores import safe_softmax, wide_scores
from regard.attention.mask import Mask
from regard.attention.mechanism import Near
from regard.attention.precision import widen
from regard.attention.size import Size
from regard.attention.streams import Init, Stream, Streams
from regard.attention.traits import Tie, Traits

OPEN = 5.0
"""The bias of the gates at the start: little is forgotten."""

WIDE_OPEN = 200.0
"""A gate at which nothing is forgotten, however long the sequence."""


@final
class Forgetting(Scored):
    """Softmax of q·k / √d plus the logs of all forget gates after the key up to the query.

    Use it in place of softmax with positions for causal text, also at lengths beyond training.

    A gate f = sigmoid(W x + b) is one number per head and position, a hidden position's is 1. Without a
    causal mask keys behind the query fade by the gates after the query up to them.
    """

    traits = Traits.of_scores(
        source="Lin et al. 2025, arXiv 2503.02130, eq. 6",
        mass="exactly 1",
        ties=(Tie("softmax", "gate = 1"),),
    ).without("cross", "start", "edges", "segments", "table", "dense", "equivariant")

    def streams(self) -> Streams[Any]:
        gate = Stream(1, of="keys", init=Init(bias=OPEN))
        return Streams(q=self.size.d, k=self.size.d, v=self.size.e, forget=gate)

    def score(self, streams: Streams[Tensor], mask: Mask) -> Float[Tensor, "b h n m"]:
        n, total = streams.q.shape[2], self._total(streams, mask)
        faded = (total[:, :, mask.start : mask.start + n] - total.mT).abs()
        return wide_scores(streams.q, streams.k, mask, self.size) - faded

    def normalize(self, scores: Float[Tensor, "b h n m"], mask: Mask) -> Float[Tensor, "b h n m"]:
        return safe_softmax(scores, mask)

    def flops_per_score(self, m: int) -> int:
        # subtract, absolute, add; maximum, subtract, exp, sum, divide
        return 8

    @classmethod
    def toward(cls, name: str, size: Size) -> Sequence[Near[Self]]:
        return [Near(cls(size), _forgetting(by)) for by in (0.0, OPEN, WIDE_OPEN)]

    def _total(self, streams: Streams[Tensor], mask: Mask) -> Float[Tensor, "b h m 1"]:
        """The logs of all gates up to each position."""
        return mask.readable(logsigmoid(widen(mask.readable(streams.forget)))).cumsum(2)


def _forgetting(by: float) -> Any:
    """The same streams with one gate everywhere."""
    return lambda streams: streams.replace(forget=torch.full_like(streams.forget, by))
