"""Several seeds of one model as one batched model: one kernel does the work of all of them.

A small model leaves a device idle between its many small operations. Weights of all seeds are stacked
(s, ...), and `torch.func.vmap` runs the one model over the stack. Every seed has its own weights, order
of batches, gradient norm and checkpoints; its numbers are those that it would have alone, up to the
order in which a kernel adds.
"""

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Self

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.func import functional_call, grad_and_value, stack_module_state, vmap
from torch.optim import Optimizer

from regard.core.errors import InvalidOption
from regard.core.run import Run
from regard.data.samples import Samples
from regard.optimizers import OPTIMIZERS
from regard.training.loop.loss import mean_loss
from regard.training.loop.pace import Pace
from regard.training.loop.schedule import Rate
from regard.training.parts.trainer import Trainer

ELEMENTWISE = ("adamw",)
"""Optimizers that treat every number by itself, so that a stack is a row of optimizers."""

Named = dict[str, Tensor]


@dataclass(frozen=True, eq=False)
class Pack:
    """Trainers that differ in nothing but the seed, and their weights, stacked.

    The trainers' own weights are views of the stack: evaluating or saving one of them needs no copy.
    """

    trainers: tuple[Trainer, ...]
    parameters: Named
    """Stacked (s, ...), the leaves that the optimizer changes."""
    buffers: Named
    optimizer: Optimizer
    rate: Rate

    @classmethod
    def of(cls, trainers: Sequence[Trainer]) -> Self:
        """Stack trainers that stand at the same step and that `refuse_packing` lets pass."""
        first = trainers[0]
        models = [trainer.bare for trainer in trainers]
        parameters, buffers = stack_module_state(models)
        parameters = {name: value.detach() for name, value in parameters.items()}
        optimizer = _stacked_optimizer(first, parameters)
        pack = cls(tuple(trainers), parameters, buffers, optimizer, _rate(first, optimizer))
        pack._share_weights(models)
        pack._take_states()
        return pack

    def try_out(self, step: int) -> None:
        """Compute what `step` computes and change nothing. Raises what torch raises for operations that
        cannot be batched over seeds, and whatever else would go wrong in the first step.
        """
        with _calls_per_seed_allowed():
            self._gradients([trainer.batches.at(step) for trainer in self.trainers])

    def train(self, steps: range, pace: Pace) -> list[tuple[float, float]]:
        """Take some steps. For each seed the mean loss, and the norm of the last gradient before clipping."""
        losses = []
        for trainer in self.trainers:
            trainer.model.train()
        with _calls_per_seed_allowed():
            for step in steps:
                loss, norm = self._step(step, pace)
                losses.append(loss)
        means = torch.stack(losses).mean(0).tolist()
        self._tell_rates()
        return list(zip(means, norm.tolist(), strict=True))

    def _step(self, step: int, pace: Pace) -> tuple[Float[Tensor, " s"], Float[Tensor, " s"]]:
        """One step of every seed: losses, and norms of gradients before clipping."""
        with pace.waiting_for_data():
            batches = [trainer.batches.at(step) for trainer in self.trainers]
        gradients, losses = self._gradients(batches)
        norms = self._clip(gradients)
        self.rate.set(step)
        for name, parameter in self.parameters.items():
            parameter.grad = gradients[name]
        self.optimizer.step()
        return losses.detach(), norms

    def give_states(self) -> None:
        """Let every trainer's optimizer hold its slice of the state, for a checkpoint."""
        for i, trainer in enumerate(self.trainers):
            own = dict(trainer.bare.named_parameters())
            for name, parameter in self.parameters.items():
                state = self.optimizer.state[parameter]
                trainer.optimizer.state[own[name]] = {
                    key: value[i] if _is_stacked(value, parameter) else value for key, value in state.items()
                }

    def _gradients(self, batches: list[Samples]) -> tuple[Named, Float[Tensor, " s"]]:
        model, smoothing = self.trainers[0].bare, self.trainers[0].run.training.label_smoothing

        def loss_of(parameters: Named, buffers: Named, given: tuple[Any, ...], targets: Tensor) -> Tensor:
            return mean_loss(functional_call(model, (parameters, buffers), given), targets, smoothing)

        given = tuple(map(_stack, zip(*(batch.given for batch in batches), strict=True)))
        targets = torch.stack([batch.targets for batch in batches])
        places = tuple(None if part is None else 0 for part in given)
        gradients_of = vmap(grad_and_value(loss_of), in_dims=(0, 0, places, 0))
        return gradients_of(self.parameters, self.buffers, given, targets)

    def _clip(self, gradients: Named) -> Float[Tensor, " s"]:
        """Shorten each seed's gradient to the largest norm allowed, as torch's `clip_grad_norm_` does."""
        norm = torch.stack([g.flatten(1).norm(dim=1) for g in gradients.values()]).norm(dim=0)
        longest = self.trainers[0].run.training.clip
        if longest is not None:
            factor = (longest / (norm + 1e-6)).clamp_max(1)
            for gradient in gradients.values():
                gradient.mul_(factor.view(-1, *[1] * (gradient.ndim - 1)))
        return norm

    def _share_weights(self, models: Sequence[nn.Module]) -> None:
        for i, model in enumerate(models):
            for name, parameter in model.named_parameters():
                parameter.data = self.parameters[name][i]

    def _take_states(self) -> None:
        """Stack what the trainers' optimizers remember from before, if they do."""
        for name, parameter in self.parameters.items():
            states = [
                trainer.optimizer.state.get(dict(trainer.bare.named_parameters())[name], {})
                for trainer in self.trainers
            ]
            if states[0]:
                self.optimizer.state[parameter] = {
                    key: torch.stack([state[key] for state in states]) if value.ndim else value.clone()
                    for key, value in states[0].items()
                }

    def _tell_rates(self) -> None:
        for trainer in self.trainers:
            for group, stacked in zip(
                trainer.optimizer.param_groups, self.optimizer.param_groups, strict=True
            ):
                group["lr"] = stacked["lr"]


@contextmanager
def _calls_per_seed_allowed() -> Iterator[None]:
    """The CPU's fused attention is not batched but called once per seed: nothing for a user to do."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="There is a performance drop")
        yield


def _stack(parts: tuple[Tensor | None, ...]) -> Tensor | None:
    present = [part for part in parts if part is not None]
    return torch.stack(present) if present else None


def _is_stacked(value: Any, parameter: Tensor) -> bool:
    return isinstance(value, Tensor) and value.shape == parameter.shape


def _stacked_optimizer(first: Trainer, parameters: Named) -> Optimizer:
    """The optimizer that one model would have, over stacks in place of its parameters."""
    named = list(first.bare.named_parameters())
    run = first.run.optimizer
    optimizer: Optimizer = OPTIMIZERS.build(run.name, named, **run.settings)
    stack_of = {id(parameter): parameters[name] for name, parameter in named}
    for group in optimizer.param_groups:
        group["params"] = [stack_of[id(parameter)] for parameter in group["params"]]
    return optimizer


def _rate(first: Trainer, optimizer: Optimizer) -> Rate:
    return Rate(optimizer, first.run.training, first.timetable.total)


def refuse_packing(run: Run) -> None:
    """Raise `InvalidOption` for what a pack would compute otherwise than each run alone."""
    training = run.training
    reasons = {
        "model.dropout draws its chance from one stream per run": run.model.dropout > 0,
        "training.schedule=plateau lets each run choose its own rate": training.schedule == "plateau",
        "training.scheduled_sampling reads each run's own answers": training.scheduled_sampling > 0,
        f"training.precision={training.precision} is not 32-true": training.precision != "32-true",
        f"optimizer.name={run.optimizer.name} is not elementwise": run.optimizer.name not in ELEMENTWISE,
    }
    for reason, holds in reasons.items():
        if holds:
            raise InvalidOption(f"training.packed_seeds cannot be used: {reason}. Set it to 1.")
