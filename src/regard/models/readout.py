"""From the residual stream to logits."""

from typing import final

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor, nn

from regard.attention.kernels.scores import safe_softmax
from regard.attention.precision import widen

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
class AttentionReadout(nn.Module):
    """One distribution, read from what learned queries read of all positions that are not padding."""

    def __init__(self, features: int, classes: int, heads: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(features)
        self.pool = AttentionPool(features, heads)
        self.logits = nn.Linear(features, classes)

    def forward(self, x: Stream, keys: Keys) -> Float[Tensor, "b classes"]:
        return self.logits(self.pool(self.norm(x), keys))


@final
class AttentionPool(nn.Module):
    """One vector of a sequence: softmax attention with one learned query for each head.

    Pooling by attention with one seed (Lee et al. 2019, arXiv 1810.00825, section 3.2): the product of a
    learned query and a projected position is a linear map of the position. Where all is padding it gives 0.
    """

    def __init__(self, features: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.scores = nn.Linear(features, heads, bias=False)
        self.values = nn.Linear(features, features)

    def forward(self, x: Stream, keys: Keys) -> Float[Tensor, "b c"]:
        x = x if keys is None else x.masked_fill(~keys.unsqueeze(-1), 0)
        scores, values = self.scores(x).mT, torch.unflatten(self.values(x), 2, (self.heads, -1))
        if keys is not None:
            scores = scores.masked_fill(~keys.unsqueeze(1), -torch.inf)
        weights = safe_softmax(widen(scores)).to(values.dtype)
        return torch.einsum("bhn,bnhe->bhe", weights, values).flatten(1)


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
