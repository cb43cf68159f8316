"""A readout whose input is known, or changes: from the residual stream to logits."""

from abc import ABC, abstractmethod
from typing import final

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from regard.incremental.changes import RankOne
from regard.incremental.known.batch import KnownBatch
from regard.incremental.normed_linear import Affine, NormedLinear
from regard.models.readout import ClassTokenReadout, MeanReadout, TokenReadout


class KnownReadout(ABC):
    """Abstract. Logits at p positions, or of p sequences, from the residual stream at the rows read."""

    logits: Float[Tensor, "n classes"]
    """Of the inputs that are known."""

    @abstractmethod
    def of_dense(self, x: Float[Tensor, "p tokens c"]) -> Float[Tensor, "p n classes"]:
        """The logits of other inputs."""

    @abstractmethod
    def of_rank_one(self, change: RankOne) -> Float[Tensor, "p n classes"]:
        """The logits of inputs changed along one direction."""


@final
class LinearReadout(KnownReadout):
    """A normalization and a linear map, of each row or of the mean of the rows of a sequence: both may change
    places.
    """

    def __init__(self, readout: nn.Module, x: Float[Tensor, "tokens c"], batch: KnownBatch) -> None:
        assert isinstance(readout, TokenReadout | ClassTokenReadout | MeanReadout)
        head = readout.logits
        self.enter = NormedLinear(readout.norm, Affine(head.weight, head.bias), x, None)
        self.shares = batch.shares if isinstance(readout, MeanReadout) else None
        self.normalized = self.pooled(self.enter.normalized.unsqueeze(0))[0]
        """What each gain multiplies (p, c)."""
        self.inputs = self.pooled(readout.norm(x).unsqueeze(0))[0]
        """What the linear map reads (p, c)."""
        self.live = self.pooled(torch.ones_like(x[:, :1]).unsqueeze(0))[0, :, 0]
        """1 where a bias of the normalization acts; 0 for a sequence of padding."""
        self.matrix = head.weight
        self.logits = head(self.inputs)

    def of_dense(self, x: Float[Tensor, "p tokens c"]) -> Float[Tensor, "p n classes"]:
        return self._finish(self.enter.of_dense(x))

    def of_rank_one(self, change: RankOne) -> Float[Tensor, "p n classes"]:
        return self._finish(self.enter.of_rank_one(change))

    def pooled(self, found: Float[Tensor, "p tokens classes"]) -> Float[Tensor, "p n classes"]:
        """The mean of each sequence where the readout takes means."""
        if self.shares is None:
            return found
        return (torch.unflatten(found, 1, self.shares.shape) * self.shares.unsqueeze(2)).sum(2)

    def _finish(self, found: Float[Tensor, "p tokens classes"]) -> Float[Tensor, "p n classes"]:
        if self.shares is None:
            return found
        # of a sequence of padding the mean is 0, and the head's bias is left
        bias = self.enter.affine.bias
        return self.pooled(found - bias) + bias


@final
class WholeReadout(KnownReadout):
    """Any other readout, run as it is."""

    def __init__(self, readout: nn.Module, x: Float[Tensor, "tokens c"], batch: KnownBatch) -> None:
        self.readout = readout
        self.x = x
        self.shape = (batch.b, batch.n)
        self.keys: Bool[Tensor, "b n"] | None = batch.mask.keys
        self.logits = self.of_dense(x.unsqueeze(0))[0]

    def of_dense(self, x: Float[Tensor, "p tokens c"]) -> Float[Tensor, "p n classes"]:
        keys = None if self.keys is None else self.keys.repeat(len(x), 1)
        logits: Tensor = self.readout(torch.unflatten(x, 1, self.shape).flatten(0, 1), keys)
        return logits.reshape(len(x), -1, logits.shape[-1])

    def of_rank_one(self, change: RankOne) -> Float[Tensor, "p n classes"]:
        return self.of_dense(change.added_to(self.x))


def known_readout(readout: nn.Module, x: Float[Tensor, "tokens c"], batch: KnownBatch) -> KnownReadout:
    """The readout with what it reads: of a linear one, the rows that count."""
    kind = LinearReadout if is_linear(readout) else WholeReadout
    return kind(readout, x, batch)


def is_linear(readout: nn.Module) -> bool:
    """Whether logits are a linear map of normalized rows, or of their means."""
    return isinstance(readout, TokenReadout | ClassTokenReadout | MeanReadout)
