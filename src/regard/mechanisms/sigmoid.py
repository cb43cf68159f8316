"""Sigmoid attention: every key is weighed on its own, and the weights of a query need not sum to 1."""

from typing import final

from jaxtyping import Float
from torch import Tensor

from regard.attention.cache import Cache, empty_cache, grown
from regard.attention.cost import Cost
from regard.attention.mask import Mask
from regard.attention.mechanism import Mechanism
from regard.attention.scores import readable_count, scaled_scores, widen
from regard.attention.traits import Traits


@final
class Sigmoid(Mechanism):
    """Read each key with weight sigmoid(q·k / √d + b), where b = -log of how many keys the query may read.

    The paper sets b = -log n for the whole sequence. Counted per query it is the same where nothing is
    hidden, and it keeps a query from noticing later positions and padding through the length alone.
    """

    traits = Traits(
        source="Ramapuram et al. 2024, arXiv 2409.04431, section 2",
        time="n^2",
        memory="n^2",
        causal=True,
        cross=True,
        padding=True,
        edges=True,
        window=True,
        slopes=True,
        streaming=True,
    )

    def forward(
        self,
        q: Float[Tensor, "b h n d"],
        k: Float[Tensor, "b h m d"],
        v: Float[Tensor, "b h m e"],
        mask: Mask,
    ) -> Float[Tensor, "b h n e"]:
        return self.weights(q, k, mask) @ mask.readable(v)

    def cost(self, n: int, m: int) -> Cost:
        h, d, e = self.size.heads, self.size.key_features, self.size.value_features
        return Cost(
            matmul_flops=2 * h * n * m * (d + e),
            # bias, exp, add 1, divide; and the scale of q
            other_flops=4 * h * n * m + h * n * d,
            state_numbers=h * m * (d + e),
        )

    def weights(
        self, q: Float[Tensor, "b h n d"], k: Float[Tensor, "b h m d"], mask: Mask
    ) -> Float[Tensor, "b h n m"]:
        scores = widen(scaled_scores(q, k, mask))
        count = readable_count(mask, q.shape[2], k.shape[2], q.device)
        # a row that may read nothing holds only -inf, whatever its bias
        bias = -count.clamp_min(1).to(scores).log()
        return (scores + bias).sigmoid().to(q.dtype)

    def initial_state(self, b: int) -> Cache:
        return empty_cache(self.size, b)

    def step(
        self,
        q: Float[Tensor, "b h d"],
        k: Float[Tensor, "b h d"],
        v: Float[Tensor, "b h e"],
        state: Cache,
    ) -> tuple[Float[Tensor, "b h e"], Cache]:
        state = grown(state, k, v)
        return self.forward(q.unsqueeze(2), *state, Mask()).squeeze(2), state
