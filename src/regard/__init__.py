"""A laboratory for attention mechanisms. Names are imported when they are asked for."""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from regard.attention import Bias, Cost, Grid, Mask, Mechanism, Size, Stream, Streams, Tie, Traits
    from regard.catalogs import list_mechanisms, list_objectives, list_optimizers, list_tasks
    from regard.commands import TrainedRun, attention_maps, bench, compare, compare_optimizers, lens, run
    from regard.core.errors import RegardError
    from regard.core.measurement import Measurement
    from regard.core.results import BenchmarkResult, ComparisonResult, OptimizersResult
    from regard.core.run import Run
    from regard.core.settings import ModelSettings, TrainingSettings
    from regard.core.spec import Spec
    from regard.data import Task
    from regard.models import Attention
    from regard.optimization import ClosureOptimizer, Objective, Problem, Update
    from regard.store import Store
    from regard.training import fit, load

__version__ = "0.1.0"

_HOMES = {
    "Attention": "regard.models",
    "BenchmarkResult": "regard.core.results",
    "Bias": "regard.attention",
    "ComparisonResult": "regard.core.results",
    "Cost": "regard.attention",
    "Grid": "regard.attention",
    "Mask": "regard.attention",
    "Measurement": "regard.core.measurement",
    "Mechanism": "regard.attention",
    "ModelSettings": "regard.core.settings",
    "Objective": "regard.optimization",
    "OptimizersResult": "regard.core.results",
    "Problem": "regard.optimization",
    "RegardError": "regard.core.errors",
    "Run": "regard.core.run",
    "Size": "regard.attention",
    "Spec": "regard.core.spec",
    "Store": "regard.store",
    "Stream": "regard.attention",
    "Streams": "regard.attention",
    "ClosureOptimizer": "regard.optimization",
    "Task": "regard.data",
    "Tie": "regard.attention",
    "TrainedRun": "regard.commands",
    "TrainingSettings": "regard.core.settings",
    "Traits": "regard.attention",
    "Update": "regard.optimization",
    "attention_maps": "regard.commands",
    "bench": "regard.commands",
    "compare": "regard.commands",
    "compare_optimizers": "regard.commands",
    "fit": "regard.training",
    "lens": "regard.commands",
    "list_mechanisms": "regard.catalogs",
    "list_objectives": "regard.catalogs",
    "list_optimizers": "regard.catalogs",
    "list_tasks": "regard.catalogs",
    "load": "regard.training",
    "run": "regard.commands",
}
"""Where each public name lives. The same as the imports above, which type checkers read."""

__all__ = [
    "Attention",
    "BenchmarkResult",
    "Bias",
    "ClosureOptimizer",
    "ComparisonResult",
    "Cost",
    "Grid",
    "Mask",
    "Measurement",
    "Mechanism",
    "ModelSettings",
    "Objective",
    "OptimizersResult",
    "Problem",
    "RegardError",
    "Run",
    "Size",
    "Spec",
    "Store",
    "Stream",
    "Streams",
    "Task",
    "Tie",
    "TrainedRun",
    "TrainingSettings",
    "Traits",
    "Update",
    "__version__",
    "attention_maps",
    "bench",
    "compare",
    "compare_optimizers",
    "fit",
    "lens",
    "list_mechanisms",
    "list_objectives",
    "list_optimizers",
    "list_tasks",
    "load",
    "run",
]


def __getattr__(name: str) -> Any:
    if name == "data":
        # `regard.data.from_arrays` is a way in from Python
        return importlib.import_module("regard.data")
    if name not in _HOMES:
        raise AttributeError(f"module 'regard' has no attribute '{name}'")
    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return list(__all__)
