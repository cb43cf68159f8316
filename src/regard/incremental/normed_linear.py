"""A linear map behind layer normalization, at features that changed."""

from dataclasses import dataclass
from typing import final

import torch
from jaxtyping import Float
from torch import Tensor, nn

from regard.incremental.changes import RankOne
from regard.incremental.product import product


@final
@dataclass(frozen=True, eq=False)
class Affine:
    """W u + b."""

    weight: Float[Tensor, "out c"]
    bias: Float[Tensor, " out"]


@final
class NormedLinear:
    """W norm(x) + b at t positions, where x is known and changes along one direction, or altogether.

    With x centered by the mean of its features, y = x - μ, and σ² = mean y² + ε, the output is
    (W_g y) / σ + W β + b with W_g = W diag(g). Along a direction w by the amount s it is
    (W_g y + s W_g (w - w̄)) / σ' + ..., where σ'² = σ² + 2 s mean(y (w - w̄)) + s² mean((w - w̄)²): numbers
    as many as there are outputs, and no product with a matrix.

    live: 0 where the features are silenced (padding), so that nothing but b is left; None where none are.
    """

    def __init__(
        self,
        norm: nn.LayerNorm,
        affine: Affine,
        x: Float[Tensor, "tokens c"],
        live: Float[Tensor, " tokens"] | None,
    ) -> None:
        self.live = live
        self.eps = norm.eps
        self.affine = affine
        self.scaled = affine.weight * norm.weight
        self.offset = affine.weight @ norm.bias if norm.bias is not None else torch.zeros_like(affine.bias)
        self.constant = affine.bias + self.offset
        self.y = x - x.mean(1, keepdim=True)
        self.variance = self.y.square().mean(1) + norm.eps
        self.base = self.y @ self.scaled.T

    @property
    def normalized(self) -> Float[Tensor, "tokens c"]:
        """x normalized, without gain and bias; 0 where it is silenced."""
        return self.y * self._shares(self.variance).unsqueeze(1)

    def of_rank_one(self, change: RankOne) -> Float[Tensor, "p tokens out"]:
        """The outputs after each change."""
        w = change.directions - change.directions.mean(1, keepdim=True)
        covariance = w @ self.y.T / self.y.shape[1]
        s = change.amounts
        shares = self._shares(
            torch.addcmul(self.variance + 2 * s * covariance, s.square(), w.square().mean(1, keepdim=True))
        )
        found = torch.addcmul(self.base, s.unsqueeze(2), (w @ self.scaled.T).unsqueeze(1))
        if self.live is None:
            return torch.addcmul(self.constant, found, shares.unsqueeze(2), out=found)
        return self._finish(found.mul_(shares.unsqueeze(2)))

    def of_dense(self, x: Float[Tensor, "p tokens c"]) -> Float[Tensor, "p tokens out"]:
        """The outputs of other features altogether."""
        mean = x.new_full((x.shape[2], 1), 1 / x.shape[2])
        y = x - x @ mean
        y *= self._shares((y.square() @ mean).squeeze(2) + self.eps).unsqueeze(2)
        if self.live is None:
            return product(y, self.scaled, self.constant)
        return self._finish(product(y, self.scaled))

    def _shares(self, variance: Float[Tensor, "*p tokens"]) -> Float[Tensor, "*p tokens"]:
        """1 / σ, and 0 where features are silenced."""
        shares = variance.rsqrt()
        return shares if self.live is None else shares * self.live

    def _finish(self, found: Float[Tensor, "p tokens out"]) -> Float[Tensor, "p tokens out"]:
        """The outputs with their constant, where some features are silenced."""
        assert self.live is not None, "else it is the same everywhere"
        return found.add_(self.affine.bias).add_(self.live.unsqueeze(1) * self.offset)
