"""The short convolution before the mixing."""

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import conv1d, pad

from regard.core.errors import InvalidOption


class ShortConvolution(nn.Module):
    """A depth-wise convolution over positions, so that a token knows its neighbors before it is compared.

    As in H3 (Fu et al. 2023, arXiv 2212.14052) and the recipes of DeltaNet. Causal: taps reach back;
    otherwise they are centered.
    """

    def __init__(self, features: int, taps: int) -> None:
        super().__init__()
        if taps < 1:
            raise InvalidOption(f"A convolution needs at least one tap, not {taps}.")
        self.kernel = nn.Parameter(torch.empty(features, taps))
        self.offset = nn.Parameter(torch.empty(features))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Uniform noise within 1/sqrt(taps), torch's default for a convolution."""
        bound = self.kernel.shape[1] ** -0.5
        nn.init.uniform_(self.kernel, -bound, bound)
        nn.init.zeros_(self.offset)

    def forward(self, x: Float[Tensor, "b n c"], causal: bool) -> Float[Tensor, "b n c"]:
        reach = self.kernel.shape[1] - 1
        after = 0 if causal else reach // 2
        padded = pad(x.mT, (reach - after, after))
        return conv1d(padded, self.kernel.unsqueeze(1), self.offset, groups=len(self.kernel)).mT
