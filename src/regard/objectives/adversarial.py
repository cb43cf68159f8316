"""Adversarial training of the scores of attention."""

from typing import Literal, final

import torch
from jaxtyping import Float
from torch import Tensor, nn

from regard.attention.added_scores import add_to_scores
from regard.attention.forms import mechanisms_of
from regard.core.errors import InvalidOption, UnsupportedUse
from regard.data.samples import Samples
from regard.optimization import Charge, Load, Loss, Model, Objective, cross_entropy

SMALLEST = 1e-30
"""A row of gradients shorter than that is not lengthened: nothing says where it leads."""


@final
class Adversarial(Objective):
    """The loss, and the loss once all scores have been moved a little in the direction that raises it most.

    Kitada & Iyatomi 2020, arXiv 2009.12064, eq. 8 to 10: r = ε g / |g| with g the gradient of the loss to the
    scores, for each row of scores in each head and layer. The perturbation itself is not differentiated.

    epsilon: ε, the length of r for each row.
    weight: of the loss at the perturbed scores.
    direction: along the gradient divided by its length, or along its sign, each score by ε.

    Charged for two forward passes and the backward pass that finds the direction. Raises `InvalidOption`, and
    `UnsupportedUse` for mechanisms to whose scores nothing can be added.
    """

    charge = Charge(loss=4.0, gradient=8.0)
    alone = "the scores of one model are perturbed along its own gradient"

    def __init__(
        self,
        *,
        epsilon: float = 0.02,
        weight: float = 1.0,
        direction: Literal["gradient", "sign"] = "gradient",
    ) -> None:
        for name, value in {"epsilon": epsilon, "weight": weight}.items():
            if not 0 <= value < float("inf"):
                raise InvalidOption(f"adversarial: {name} must be 0 or more, and is {value}.")
        self.epsilon, self.weight, self.direction = epsilon, weight, direction

    def prepare(self, model: nn.Module, load: Load) -> None:
        self.mechanisms = list(mechanisms_of(model))
        for mechanism in self.mechanisms:
            if not mechanism.traits.dense:
                message = f"adversarial: nothing can be added to the scores of {mechanism.name}."
                raise UnsupportedUse(f"{message} Take a mechanism that scores every pair, such as softmax.")

    def loss(self, model: Model, batch: Samples) -> Loss:
        unmoved: list[Tensor] = []

        def watch(i: int, shape: tuple[int, int, int, int], like: Tensor) -> Tensor:
            unmoved.append(like.new_zeros(shape, requires_grad=True))
            return unmoved[-1]

        with torch.enable_grad(), add_to_scores(self.mechanisms, watch):
            clean = cross_entropy(model(*batch.given), batch.targets)
            # the graph is needed again, for the gradient of the whole
            slopes = torch.autograd.grad(clean.mean, unmoved, retain_graph=True)
        moved = iter([self._perturbation(slope) for slope in slopes])
        with add_to_scores(self.mechanisms, lambda i, shape, like: next(moved)):
            hostile = cross_entropy(model(*batch.given), batch.targets)
        return Loss(clean.sum + self.weight * hostile.sum, clean.count)

    def _perturbation(self, slope: Float[Tensor, "b h n m"]) -> Float[Tensor, "b h n m"]:
        if self.direction == "sign":
            return self.epsilon * slope.sign()
        # divided by its largest entry before it is squared: the square of a tiny number is 0
        scaled = slope / slope.abs().amax(-1, keepdim=True).clamp_min(SMALLEST)
        return self.epsilon * scaled / scaled.norm(dim=-1, keepdim=True).clamp_min(SMALLEST)
