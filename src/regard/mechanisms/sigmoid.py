"""Sigmoid attention: every key is weighed on its own, and the weights of a query need not sum to 1."""

from typing import final

from jaxtyping import Float
from torch import Tensor

from regard.attention.bases.scored import Scored
from regard.attention.kernels.scores import readable_count
from regard.attention.mask import Mask
from regard.attention.traits import Traits


@final
class Sigmoid(Scored):
    """Read each key with weight sigmoid(q·k / √d + b), where b = -log of how many keys the query may read.

    Use it where several keys matter at once, without one taking from another.

    The paper sets b = -log n for the whole sequence. Counted per query it is the same where nothing is
    hidden, and it keeps a query from noticing later positions and padding through the length alone.
    """

    traits = Traits.of_scores(source="Ramapuram et al. 2024, arXiv 2409.04431, section 2", mass="0 or more")

    def normalize(self, scores: Float[Tensor, "b h n m"], mask: Mask) -> Float[Tensor, "b h n m"]:
        n, m = scores.shape[2:]
        count = readable_count(mask, n, m, scores.device)
        # a row that may read nothing holds only -inf, whatever its bias
        bias = -count.clamp_min(1).to(scores.dtype).log()
        return (scores + bias).sigmoid()

    def flops_per_score(self, m: int) -> int:
        # bias, exp, add 1, divide
        return 4
