"""What the compared models cost, measured in one process and kept with the result."""

import dataclasses
from typing import Any

from regard.compare.comparison import Comparison
from regard.compare.documents import recall
from regard.data import Task
from regard.measures.cost import ModelCost, measure_costs
from regard.models import build
from regard.optimizers import OPTIMIZERS
from regard.store import Store
from regard.tasks import TASKS
from regard.training.parts.device import fabric_for

Costs = dict[str, dict[str, Any]]
"""The fields of a `ModelCost` by a mechanism's label."""


def costs_of(comparison: Comparison, store: Store, device: str = "auto") -> Costs:
    """The costs that the kept result has, or else measured now: they differ from one time to the next.

    On the first batch of training samples and with the lowest rate; neither weights nor rate change a cost.
    """
    kept = recall(comparison.digest, store)
    if kept is not None:
        return {row["label"]: row["cost"] for row in kept["rows"]}
    measured = _measure(comparison, device)
    return {label: dataclasses.asdict(cost) for label, cost in zip(comparison.labels, measured, strict=True)}


def _measure(comparison: Comparison, device: str) -> list[ModelCost]:
    place = fabric_for(device, comparison.training.precision).device
    task: Task = TASKS.build(comparison.task.name, **comparison.task.settings)
    batch = task.prepare(task.split("train")[: comparison.training.batch].to(place))
    models = [build(task.shape, entry, comparison.model, seed=0).to(place) for entry in comparison.mechanisms]
    optimizer = comparison.run(comparison.mechanisms[0], comparison.rates[0], 0).optimizer
    return measure_costs(
        models, batch, lambda named: OPTIMIZERS.build(optimizer.name, named, **optimizer.settings)
    )
