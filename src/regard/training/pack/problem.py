"""The problem that several seeds of one description pose at once."""

import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, final

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.func import functional_call, grad_and_value, stack_module_state, vmap
from torch.optim import Optimizer

from regard.core.errors import InvalidOption
from regard.data.samples import Samples
from regard.optimization import Objective, Problem
from regard.training.loop.pace import Pace
from regard.training.parts.penalty import brings_penalties
from regard.training.parts.problem import TrainingProblem

Named = dict[str, Tensor]


@final
class PackedProblem(Problem):
    """Problems that differ in nothing but the seed, as one: weights stacked (s, ...), one `vmap` over all.

    The weights of the single models become views of the stack: to evaluate or save one of them needs no
    copy. Every seed has its own batch and its own norm, and its ledger is charged.
    """

    parameters: Named

    def __init__(self, problems: Sequence[TrainingProblem], models: Sequence[nn.Module]) -> None:
        if brings_penalties(models[0]):
            raise InvalidOption("A mechanism adds to the loss: its seeds are trained one by one only.")
        parameters, self.buffers = stack_module_state(list(models))
        first = problems[0]
        ledgers = [problem.ledger for problem in problems]
        stacks = {name: value.detach() for name, value in parameters.items()}
        super().__init__(stacks, first.charge, ledgers, first.seed, first.steps)
        self.problems = problems
        self.objective: Objective = first.objective
        self.model = models[0]
        self.batches: list[Samples] = []
        for i, model in enumerate(models):
            for name, parameter in model.named_parameters():
                parameter.data = self.parameters[name][i]

    def take(self, step: int, pace: Pace) -> None:
        """Go to a step: from now on everything is asked about its batches."""
        for problem in (self, *self.problems):
            problem.step = step
        with pace.waiting_for_data():
            self.batches = [problem.batches.at(step) for problem in self.problems]

    def try_out(self) -> None:
        """Compute gradients and change nothing, nor charge for it."""
        self._over_seeds(grad_and_value(self._loss_of))

    def dimensions(self, name: str) -> int:
        return self.parameters[name].ndim - 1

    def descend(self, optimizer: Optimizer, longest: float | None) -> Float[Tensor, " s"]:
        gradients = [parameter.grad for parameter in self.parameters.values() if parameter.grad is not None]
        norm = torch.stack([gradient.flatten(1).norm(dim=1) for gradient in gradients]).norm(dim=0)
        if longest is not None:
            # as torch's `clip_grad_norm_` does, for each seed
            factor = (longest / (norm + 1e-6)).clamp_max(1)
            for gradient in gradients:
                gradient.mul_(factor.view(-1, *[1] * (gradient.ndim - 1)))
        optimizer.step()
        return norm

    def _loss(self) -> Float[Tensor, " s"]:
        return self._over_seeds(self._loss_of)

    def _gradient(self) -> Float[Tensor, " s"]:
        gradients, losses = self._over_seeds(grad_and_value(self._loss_of))
        for name, parameter in self.parameters.items():
            parameter.grad = gradients[name]
        return losses.detach()

    def _loss_of(self, parameters: Named, buffers: Named, batch: Mapping[str, Tensor]) -> Tensor:
        """The mean loss of one seed."""

        def model(*given: Tensor | None) -> Tensor:
            logits: Tensor = functional_call(self.model, (parameters, buffers), given)
            return logits

        return self.objective.loss(model, Samples(**batch)).mean

    def _over_seeds(self, function: Any) -> Any:
        """A function of one seed's parameters, buffers and batch, for all seeds."""
        parts = [{n: v for n, v in vars(batch).items() if v is not None} for batch in self.batches]
        stacked = {name: torch.stack([part[name] for part in parts]) for name in parts[0]}
        with _calls_per_seed_allowed():
            return vmap(function)(self.parameters, self.buffers, stacked)


@contextmanager
def _calls_per_seed_allowed() -> Iterator[None]:
    """Silence torch's warning that the CPU's fused attention is called once per seed."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="There is a performance drop")
        yield
