"""A batch as the blocks of a model see it, and what a loss reads of it."""

from typing import final

import torch
from jaxtyping import Float, Int64
from torch import Tensor
from torch.nn.functional import pad

from regard.attention.mask import Mask
from regard.data.samples import IGNORED, Samples
from regard.incremental.scoring import Scoring
from regard.models.embedding import PatchEmbedding
from regard.models.readout import ClassTokenReadout, TokenReadout
from regard.models.transformer import Transformer
from regard.objectives.cross_entropy import CrossEntropy


@final
class KnownBatch:
    """Embedded inputs of b sequences of n positions, class tokens included, and which rows the loss reads."""

    def __init__(self, model: Transformer, objective: CrossEntropy, batch: Samples) -> None:
        self.model, self.objective, self.samples = model, objective, batch
        self.embedded: Float[Tensor, "b n c"] = model.embed(batch.inputs)
        keys, edges, x = batch.keys, batch.edges, self.embedded
        self.prefix = int(model.class_token is not None)
        if model.class_token is not None:
            x = model.class_token(x)
            keys = None if keys is None else pad(keys, (1, 0), value=True)
            edges = None if edges is None else pad(edges, (1, 0, 1, 0), value=True)
        self.x: Float[Tensor, "b n c"] = model.positions(x)
        self.b, self.n = self.x.shape[:2]
        self.mask = Mask(causal=model.causal, keys=keys, edges=edges)
        self.rows = self._rows()
        """Which of the b · n rows of the residual stream the loss reads; None means all."""

    @property
    def first_alone(self) -> bool:
        """Whether the loss reads nothing but the first position of each sequence."""
        return isinstance(self.model.readout, ClassTokenReadout)

    @property
    def shares(self) -> Float[Tensor, "b n"]:
        """The share of each position in the mean of its sequence."""
        if self.mask.keys is None:
            return torch.full_like(self.x[..., 0], 1 / self.n)
        return self.mask.keys / self.mask.keys.sum(1, keepdim=True).clamp_min(1).to(self.x)

    @property
    def live(self) -> Float[Tensor, " tokens"]:
        """1 at every position."""
        return torch.ones_like(self.x[..., 0]).flatten()

    @property
    def embedding_cost(self) -> int:
        """Multiply-adds of the embedding, for each position."""
        return self.model.embed.project.weight.numel() if isinstance(self.model.embed, PatchEmbedding) else 0

    def scoring(self, logits: Float[Tensor, "n classes"]) -> Scoring:
        """What makes losses of logits at the rows that are read."""
        targets = self.samples.targets
        if not targets.is_floating_point():
            targets = targets.flatten()
            targets = targets if self._asked is None else targets[self._asked]
        return Scoring(targets, logits.shape[1], self.objective.label_smoothing, logits.dtype)

    def _rows(self) -> Int64[Tensor, " n"] | None:
        if self.first_alone:
            return torch.arange(self.b, device=self.x.device) * self.n
        return self._asked

    @property
    def _asked(self) -> Int64[Tensor, " n"] | None:
        """The positions that have a target, where logits at others are never read."""
        if not isinstance(self.model.readout, TokenReadout):
            return None
        asked = self.samples.targets.flatten() != IGNORED
        return None if bool(asked.all()) else asked.nonzero().flatten()
