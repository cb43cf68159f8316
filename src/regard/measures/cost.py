"""What a model costs: parameters, FLOPs, latency, throughput, peak memory."""

import copy
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from regard.attention.forms import mechanisms_of
from regard.data import Samples
from regard.measures import memory
from regard.measures.flops import count_flops, parameters
from regard.measures.timing import Call, seconds_of
from regard.optimization import Problem, Update

Pose = Callable[[nn.Module, Samples], tuple[Problem, Update]]
"""What training a model on a batch is: the problem, and the update that has begun on it."""

Figures = dict[str, Any]
"""Values of a `ModelCost`, by the names of its fields."""


def count_parameters(model: nn.Module, batch: Samples, pose: Pose) -> Figures:
    """How many there are, and how many of them belong to the mechanisms."""
    own = parameters(mechanisms_of(model))
    return {"parameters": parameters([model]), "mechanism_parameters": own}


def count_operations(model: nn.Module, batch: Samples, pose: Pose) -> Figures:
    """The operations of one forward pass of one example."""
    flops = count_flops(model.eval(), batch)
    return {"flops": flops.model, "mechanism_flops": flops.mechanisms}


def weigh_inference(model: nn.Module, batch: Samples, pose: Pose) -> Figures:
    """Peak bytes of one forward pass, and how they were measured."""
    method = memory.method(batch.inputs.device)
    return {"inference_peak_bytes": inference_peak(model.eval(), batch), "memory_method": method}


def weigh_training(model: nn.Module, batch: Samples, pose: Pose) -> Figures:
    """Peak bytes of training steps."""
    return {"training_peak_bytes": training_peak(model, batch, pose)}


SCALES: Mapping[str, Callable[[nn.Module, Samples, Pose], Figures]] = {
    "parameters": count_parameters,
    "FLOPs": count_operations,
    "memory of inference": weigh_inference,
    "memory of training": weigh_training,
}
"""What is measured once, as it does not depend on how busy the machine is. None of them changes a weight."""


def forward_seconds(model: nn.Module, batch: Samples) -> tuple[float, float]:
    """How long a forward pass takes now: of one example, and of the whole batch."""
    model.eval()
    return seconds_of(forward(model, batch[:1])), seconds_of(forward(model, batch))


def forward(model: nn.Module, samples: Samples) -> Call:
    """The call of a model on samples, without gradients."""

    @torch.inference_mode()
    def call() -> Tensor:
        return model(*samples.given)

    return call


def inference_peak(model: nn.Module, batch: Samples) -> int:
    """Peak bytes of one forward pass without gradients, weights and batch included."""
    return memory.peak_bytes(forward(model, batch), _held(model, batch))


def training_peak(model: nn.Module, batch: Samples, pose: Pose) -> int:
    """Peak bytes of training steps, weights, gradients and what the update remembers included.

    Two steps, as an update's memory may be born in the first and stands beside the activations of the
    second. They are done on a copy.
    """
    model = copy.deepcopy(model).train()
    problem, update = pose(model, batch)

    def two_steps() -> None:
        with torch.set_grad_enabled(update.abilities.gradients):
            for problem.step in (1, 2):
                update.step(problem)
                # as in training, where the next gradient replaces this one
                model.zero_grad()

    return memory.peak_bytes(two_steps, _held(model, batch))


def _held(model: nn.Module, batch: Samples) -> list[Tensor]:
    given = [tensor for tensor in (*batch.given, batch.targets) if tensor is not None]
    return [*model.parameters(), *model.buffers(), *given]
