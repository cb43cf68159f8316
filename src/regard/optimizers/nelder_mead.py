"""The simplex of Nelder and Mead, for small subspaces."""

import math
from collections.abc import Iterable, Mapping
from typing import Any, final

import torch
from jaxtyping import Float64
from torch import Tensor

from regard.derivative_free import Serial
from regard.derivative_free.origin import Origin
from regard.optimization import Abilities, ClosureOptimizer, EvaluatorOf, Tuned

MOST = 1000
"""Numbers at most: a simplex of n numbers holds n (n + 1) of them, and shrinking it costs n losses."""


@final
class NelderMead(ClosureOptimizer):
    """Nelder & Mead 1965, with the coefficients of Gao & Han 2012, which depend on n and keep it moving in
    more than a few dimensions. It is for subspaces: choose at most 1,000 numbers by `only`.

    A step evaluates corners that are not known yet, at most `longest`, or else replaces the worst corner. The
    parameters lie at the best corner.

    size: how far the corners of the first simplex lie from the parameters.
    longest: corners that are evaluated in one step at most.
    only: patterns of the names of parameters that are changed; empty means all.

    Raises `InvalidOption` for values outside their ranges.
    """

    tuned = Tuned("size", (0.03, 0.1, 0.3))
    leaves = 1e-10
    abilities = Abilities(fixed_batch=True)

    def __init__(
        self,
        params: Iterable[Tensor] | Iterable[tuple[str, Tensor]],
        seed: int = 0,
        evaluator: EvaluatorOf = Serial,
        *,
        size: float = 0.1,
        longest: int = 1000,
        only: tuple[str, ...] = (),
    ) -> None:
        super().__init__(params, seed, evaluator, only=only)
        self.require_above(0, size=size, longest=longest)
        n = self.space.size
        if n > 1:  # one number is what options are tried on
            self.require(n <= MOST, f"a simplex of {n:,} numbers is too large. Choose {MOST:,} by `only`.")
        self.longest = longest
        start = self.space.values(torch.arange(n))
        self.corners = start.repeat(n + 1, 1)
        self.corners[1:] += size * torch.eye(n, dtype=torch.float64)
        self.losses = torch.full((n + 1,), math.nan, dtype=torch.float64)
        self.known = 0
        """Corners whose loss is known: the first ones."""

    def search(self) -> float:
        n, before = self.space.size, self.evaluations
        with Origin(self.space).kept():
            if self.known <= n:
                while self.known <= n and self.evaluations - before < min(self.longest, self.allowance):
                    self.losses[self.known] = self._loss_at(self.corners[self.known])
                    self.known += 1
            elif self.allowance >= 2:
                self._replace()
        if self.evaluations > before:
            self._put(self.corners[self.losses[: self.known].argmin()])
            self.best = float(self.losses[: self.known].min())
        return float("nan") if self.best is None else self.best

    def _replace(self) -> None:
        """Reflect the worst corner at the others, and expand, contract or shrink as its loss says."""
        n = self.space.size
        order = self.losses.argsort(stable=True)
        self.corners, self.losses = self.corners[order], self.losses[order]
        worst, middle = self.corners[-1], self.corners[:-1].mean(0)
        reflected = 2 * middle - worst
        loss = self._loss_at(reflected)
        if loss < self.losses[0]:
            expanded = middle + (1 + 2 / n) * (reflected - middle)
            further = self._loss_at(expanded)
            self._accept(*((expanded, further) if further < loss else (reflected, loss)))
        elif loss < self.losses[-2]:
            self._accept(reflected, loss)
        else:
            outside = loss < self.losses[-1]
            toward = reflected if outside else worst
            contracted = middle + (0.75 - 1 / (2 * n)) * (toward - middle)
            nearer = self._loss_at(contracted)
            if nearer < min(loss, float(self.losses[-1])):
                self._accept(contracted, nearer)
            else:
                self.corners[1:] = self.corners[0] + (1 - 1 / n) * (self.corners[1:] - self.corners[0])
                self.known = 1

    def _accept(self, corner: Float64[Tensor, " n"], loss: float) -> None:
        self.corners[-1], self.losses[-1] = corner, loss

    def _loss_at(self, corner: Float64[Tensor, " n"]) -> float:
        """The loss at a corner; infinite where it is not finite."""
        self._put(corner)
        found = self.ask()
        return found if math.isfinite(found) else math.inf

    def _put(self, corner: Float64[Tensor, " n"]) -> None:
        for i, parameter in enumerate(self.space.parameters.values()):
            part = corner[self.space.offsets[i] : self.space.offsets[i + 1]]
            parameter.copy_(part.reshape(parameter.shape))

    def said(self) -> Mapping[str, float]:
        return {"diameter": float((self.corners - self.corners[0]).abs().max())}

    def memory(self) -> dict[str, Any]:
        return {"corners": self.corners.clone(), "losses": self.losses.clone(), "known": self.known}

    def recall(self, memory: dict[str, Any]) -> None:
        self.corners, self.losses = memory["corners"].clone(), memory["losses"].clone()
        self.known = memory["known"]
