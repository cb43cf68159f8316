"""From the residual stream to logits."""

from typing import final

from jaxtyping import Bool, Float
from torch import Tensor, nn

Stream = Float[Tensor, "b n c"]
Keys = Bool[Tensor, "b n"] | None


@final
class TokenReadout(nn.Module):
    """A distribution at every position."""

    def __init__(self, features: int, vocabulary: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(features)
        self.logits = nn.Linear(features, vocabulary)

    def forward(self, x: Stream, keys: Keys) -> Float[Tensor, "b n vocabulary"]:
        return self.logits(self.norm(x))


@final
class ClassTokenReadout(nn.Module):
    """One distribution, read from the class token in front."""

    def __init__(self, features: int, classes: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(features)
        self.logits = nn.Linear(features, classes)

    def forward(self, x: Stream, keys: Keys) -> Float[Tensor, "b classes"]:
        return self.logits(self.norm(x[:, 0]))


@final
class MeanReadout(nn.Module):
    """One distribution, read from the mean of all positions that are not padding."""

    def __init__(self, features: int, classes: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(features)
        self.logits = nn.Linear(features, classes)

    def forward(self, x: Stream, keys: Keys) -> Float[Tensor, "b classes"]:
        x = self.norm(x)
        if keys is None:
            return self.logits(x.mean(1))
        kept = x.masked_fill(~keys.unsqueeze(-1), 0).sum(1)
        return self.logits(kept / keys.sum(1, keepdim=True).clamp_min(1))
