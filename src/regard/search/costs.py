"""What a candidate costs, and whether it works at all: found before it is trained."""

import math
from collections.abc import Iterator

import torch

from regard.attention import Mask
from regard.attention.forms import mechanisms_of
from regard.core.errors import RegardError
from regard.core.run import Run
from regard.data import Samples
from regard.experiment.confined import be_silent, limit_memory
from regard.measures.cost import forward, inference_peak
from regard.measures.flops import count_flops, parameters
from regard.measures.timing import seconds_of
from regard.models import build
from regard.tasks import TASKS
from regard.training.parts.trainer import pose

LENGTHS = (1024, 2048)
"""Between them the exponent of the cost is taken."""


def audit(run: Run, gibibytes: float | None) -> Iterator[dict[str, float]]:
    """The costs of a run's model for one example.

    Raises `RegardError` where the model cannot be built, answers with numbers that are not finite, or hands
    back no finite gradient.
    """
    limit_memory(gibibytes)
    be_silent()
    task = TASKS.build(run.task.name, **run.task.settings)
    batch: Samples = task.prepare(task.split("train")[:4])
    model = build(task.shape, run.mechanisms, run.model, run.seed)
    _try(run, model, batch)
    flops = count_flops(model.eval(), batch)
    yield {
        "flops": float(flops.model),
        "parameters": float(parameters([model])),
        "latency": 1e3 * seconds_of(forward(model, batch[:1])),
        "memory": float(inference_peak(model, batch[:1])),
        "exponent": _exponent(model),
    }


def _try(run: Run, model: torch.nn.Module, batch: Samples) -> None:
    problem, update = pose(run, model, batch)
    said = update.step(problem)
    if not math.isfinite(float(said["loss"])):
        raise RegardError("The loss of the untrained model is not finite.")
    if not all(bool(torch.isfinite(weight).all()) for weight in model.parameters()):
        raise RegardError("The first step makes weights that are not finite.")
    model.zero_grad()


def _exponent(model: torch.nn.Module) -> float:
    """The power of the length as which the FLOPs of the mechanisms grow."""
    short, long = (sum(part.cost(n, n, Mask()).flops for part in mechanisms_of(model)) for n in LENGTHS)
    return math.log2(long / short) if short and long else 0.0
