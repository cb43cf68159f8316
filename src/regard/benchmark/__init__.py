"""What mechanisms cost by length on this machine, and how near they are to softmax: measured in turns.

for progress in conduct(benchmark, station, conditions): ...
result = tabulate(benchmark, cells, facts)
"""

from regard.benchmark.benchmark import FUSED, UNFUSED, Benchmark, Contender
from regard.benchmark.conduct import Cells, Conditions, Progress, conduct, pieces
from regard.benchmark.forecast import Limits
from regard.benchmark.tabulate import Facts, tabulate

__all__ = [
    "FUSED",
    "UNFUSED",
    "Benchmark",
    "Cells",
    "Conditions",
    "Contender",
    "Facts",
    "Limits",
    "Progress",
    "conduct",
    "pieces",
    "tabulate",
]
