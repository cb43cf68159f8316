"""What models cost beside one another: parameters, FLOPs, latency, throughput, peak memory."""

import copy
from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn

from regard.attention.forms import mechanisms_of
from regard.core.results import ModelCost
from regard.data import Samples
from regard.measures import memory
from regard.measures.flops import count_flops, parameters
from regard.measures.timing import Call, Timing, time_in_turns
from regard.optimization import Problem, Update

Pose = Callable[[nn.Module, Samples], tuple[Problem, Update]]
"""What training a model on a batch is: the problem, and the update that has begun on it."""


def measure_costs(models: Sequence[nn.Module], batch: Samples, pose: Pose) -> list[ModelCost]:
    """The costs of each model on one batch of training, the first model being the baseline of ratios.

    Times are taken in turns. The models come back in evaluation mode, with the weights they had.
    """
    for model in models:
        model.eval()
    latencies = time_in_turns([forward(model, batch[:1]) for model in models])
    batches = time_in_turns([forward(model, batch) for model in models])
    return [
        _cost(model, batch, pose, latency, whole)
        for model, latency, whole in zip(models, latencies, batches, strict=True)
    ]


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


def _cost(model: nn.Module, batch: Samples, pose: Pose, latency: Timing, whole: Timing) -> ModelCost:
    flops = count_flops(model, batch)
    return ModelCost(
        parameters=parameters([model]),
        mechanism_parameters=parameters(mechanisms_of(model)),
        flops=flops.model,
        mechanism_flops=flops.mechanisms,
        latency_ms=1e3 * latency.median_seconds,
        latency_iqr_ms=1e3 * latency.iqr_seconds,
        latency_ratio=latency.ratio,
        throughput_per_s=len(batch) / whole.median_seconds,
        inference_peak_bytes=inference_peak(model, batch),
        training_peak_bytes=training_peak(model, batch, pose),
        memory_method=memory.method(batch.inputs.device),
    )


def _held(model: nn.Module, batch: Samples) -> list[Tensor]:
    given = [tensor for tensor in (*batch.given, batch.targets) if tensor is not None]
    return [*model.parameters(), *model.buffers(), *given]
