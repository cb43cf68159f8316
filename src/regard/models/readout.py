"""From the residual stream to logits."""

from typing import final

import torch
from jaxtyping import Bool, Float, Int64
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
        return self.logits(mean_over(self.norm(x), keys))


def mean_over(x: Stream, keys: Keys) -> Float[Tensor, "b c"]:
    """The mean of the positions that are no padding; 0 where there are none."""
    if keys is None:
        return x.mean(1) if x.shape[1] else x.sum(1)
    return x.masked_fill(~keys.unsqueeze(-1), 0).sum(1) / keys.sum(1, keepdim=True).clamp_min(1)


@final
class BottleneckReadout(nn.Module):
    """A distribution at every position, all of them told by the last position's vector alone.

    A small MLP reads that vector beside a learned vector of the position asked for; after the decoder of
    Poli et al. 2024 (MAD), arXiv 2403.17844, which has one hidden layer more and fixed positions.
    """

    def __init__(self, features: int, vocabulary: int, length: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(features)
        self.places = nn.Parameter(torch.empty(length, features))
        self.vector = nn.Linear(features, 2 * features)
        self.place = nn.Linear(features, 2 * features, bias=False)
        self.logits = nn.Linear(2 * features, vocabulary)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw the vectors of positions: of deviation 1, as the normed vector beside them has."""
        nn.init.normal_(self.places)

    def forward(self, x: Stream, keys: Keys) -> Float[Tensor, "b n vocabulary"]:
        b, n, _ = x.shape
        if not n:
            return self.logits(x.new_zeros(b, 0, self.logits.in_features))
        last = torch.full((b,), n - 1, device=x.device) if keys is None else _last(keys)
        vector = self.norm(x[torch.arange(b, device=x.device), last])
        # called as a function: torch's counter of operations takes no slice of a parameter into a module
        places = nn.functional.linear(self.places[:n], self.place.weight)
        hidden = self.vector(vector).unsqueeze(1) + places
        return self.logits(nn.functional.gelu(hidden))


def _last(keys: Bool[Tensor, "b n"]) -> Int64[Tensor, " b"]:
    """The place of the last True in each row."""
    return keys.shape[1] - 1 - keys.flip(1).long().argmax(1)
