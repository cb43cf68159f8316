"""What the compared models cost, measured in one process and kept with the result."""

from collections.abc import Mapping
from functools import partial

from regard.comparison.comparison import Comparison
from regard.comparison.documents import recall
from regard.core.results import ModelCost
from regard.data import Task
from regard.measures.cost import measure_costs
from regard.models import build
from regard.store import Store
from regard.tasks import TASKS
from regard.training.parts.device import fabric_for
from regard.training.parts.trainer import pose

Costs = Mapping[str, ModelCost]
"""What a model costs, by its entry's label."""


def costs_of(comparison: Comparison, store: Store, device: str = "auto") -> Costs:
    """The costs that the kept result has, or else measured now: they differ from one time to the next.

    On the first batch of training samples and with the lowest value of the grid; neither weights nor the
    tuned setting change a cost.
    """
    kept = recall(comparison.digest, store)
    if kept is not None:
        return {row.label: row.cost for row in kept.rows}
    return dict(zip(comparison.labels, _measure(comparison, device), strict=True))


def _measure(comparison: Comparison, device: str) -> list[ModelCost]:
    place = fabric_for(device, comparison.training.precision).device
    task: Task = TASKS.build(comparison.task.name, **comparison.task.settings)
    batch = task.prepare(task.split("train")[: comparison.training.batch].to(place))
    models = [
        build(task.shape, entry.mechanisms, entry.settings_in(comparison.model), seed=0).to(place)
        for entry in comparison.entries
    ]
    run = comparison.run(comparison.entries[0], comparison.grid[0], 0)
    return measure_costs(models, batch, partial(pose, run))
