"""Results as typed frozen values, JSON both ways: what terminal, CSV, Python and pages read.

`Result` is the base of every kind of result: `to_json`, `from_json`, `write` and `read`. The codec below it
checks every field by its annotation, so that a new kind of result is one frozen dataclass and nothing else.
"""

from regard.core.results.benchmark import BenchmarkResult, BenchmarkRow, Cell
from regard.core.results.compared_maps import ComparedMaps, MechanismMaps
from regard.core.results.comparison import ComparisonResult, LeftOut, Row, Seed, Trial
from regard.core.results.cost import FLOP_CONVENTION, ModelCost
from regard.core.results.difference import Beyond, Difference, Interval, Verdict
from regard.core.results.lens import LensResult
from regard.core.results.optimizers import OptimizersResult
from regard.core.results.result import FORMAT, Result
from regard.core.results.task import TaskFacts

__all__ = [
    "FLOP_CONVENTION",
    "FORMAT",
    "BenchmarkResult",
    "BenchmarkRow",
    "Beyond",
    "Cell",
    "ComparedMaps",
    "ComparisonResult",
    "Difference",
    "Interval",
    "LeftOut",
    "LensResult",
    "MechanismMaps",
    "ModelCost",
    "OptimizersResult",
    "Result",
    "Row",
    "Seed",
    "TaskFacts",
    "Trial",
    "Verdict",
]
