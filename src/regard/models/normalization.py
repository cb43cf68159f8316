"""Normalization of the features of each head."""

from typing import Literal, final

from jaxtyping import Float
from torch import Tensor, nn

NormKind = Literal["none", "rms", "layer"]


@final
class HeadNorm(nn.Module):
    """RMS or layer normalization over the features of a head, with one scale for all heads."""

    def __init__(self, kind: NormKind, features: int) -> None:
        super().__init__()
        self.norm = nn.RMSNorm(features, eps=1e-6) if kind == "rms" else nn.LayerNorm(features)

    def forward(self, x: Float[Tensor, "b h n d"]) -> Float[Tensor, "b h n d"]:
        return self.norm(x)
