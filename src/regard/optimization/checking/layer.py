"""A layer of torch with a batch, as a problem."""

from typing import final

import torch
from torch import Tensor, nn

from regard.core.randomness import undisturbed
from regard.data.samples import Samples
from regard.optimization.loss import Loss, cross_entropy
from regard.optimization.objective import Model, Objective
from regard.optimization.single import SingleBatch


@final
class CountedLayer(nn.Module):
    """Embeds tokens, reads them by a transformer layer of torch, and counts its passes by a hook."""

    def __init__(self) -> None:
        super().__init__()
        with undisturbed(torch.device("cpu")):
            torch.manual_seed(0)
            self.embed = nn.Embedding(3, 4)
            self.layer = nn.TransformerEncoderLayer(4, 2, dim_feedforward=4, dropout=0.0, batch_first=True)
        self.passes = 0
        self.register_forward_hook(self._count)

    def forward(self, inputs: Tensor, keys: Tensor | None = None) -> Tensor:
        """Scores (b, n, 4) of the classes of each token (b, n)."""
        scores: Tensor = self.layer(self.embed(inputs))
        return scores

    def _count(self, *_: object) -> None:
        self.passes += 1


@final
class _NextToken(Objective):
    """Cross-entropy."""

    def loss(self, model: Model, batch: Samples) -> Loss:
        return cross_entropy(model(*batch.given), batch.targets)


def counted_problem() -> tuple[CountedLayer, SingleBatch]:
    """A model, and the problem of telling each token's neighbor; always the same."""
    model = CountedLayer()
    tokens = torch.tensor([[0, 1, 2, 1], [2, 2, 0, 1], [1, 0, 0, 2]])
    return model, SingleBatch(model, _NextToken(), Samples(tokens, tokens.roll(1, 1)))
