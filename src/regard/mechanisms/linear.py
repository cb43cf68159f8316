"""Linear attention: a positive feature map in place of the exponential."""

from typing import final

from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import elu

from regard.attention.bases.featured import Featured
from regard.attention.size import Size
from regard.attention.traits import Traits


@final
class Linear(Featured):
    """Read each allowed key in proportion to φ(q)·φ(k), where φ = elu + 1, through one sum over keys.

    Use it as the baseline of linear time; its weights are too even for sharp lookups.

    `epsilon` is the least mass that a row is divided by: below it (all features near 0) rows sum to less
    than 1.
    """

    traits = Traits(
        source="Katharopoulos et al. 2020, arXiv 2006.16236, eq. 4-7",
        time="n",
        memory="n",
        causal=True,
        cross=True,
        padding=True,
        start=True,
        streaming=True,
        mass="exactly 1",
    )

    def __init__(self, size: Size, *, epsilon: float = 1e-6) -> None:
        super().__init__(size)
        self.require(epsilon > 0, f"epsilon must be positive, not {epsilon}.")
        self.features, self.floor = size.d, epsilon

    def map_queries(self, q: Float[Tensor, "b h n d"], start: int) -> Float[Tensor, "b h n d"]:
        return positive(q)

    def map_keys(self, k: Float[Tensor, "b h m d"]) -> Float[Tensor, "b h m d"]:
        return positive(k)

    def mapping_flops(self, n: int, m: int) -> int:
        # exp, add and choose
        return 3 * (n + m) * self.size.d


def positive(x: Float[Tensor, "*any d"]) -> Float[Tensor, "*any d"]:
    """φ of eq. 7."""
    return elu(x) + 1
