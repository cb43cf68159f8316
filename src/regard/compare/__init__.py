"""Fair comparison: plan, perform, judge, tabulate.

for progress in conduct(comparison, store, pool): ...
result = tabulate(comparison, store, costs_of(comparison, store))
keep(result, store)
"""

from regard.compare.comparison import Comparison
from regard.compare.conduct import Progress, conduct
from regard.compare.costs import costs_of, measure_costs
from regard.compare.documents import keep, path_of, recall
from regard.compare.eligible import eligible, refuse
from regard.compare.plan import pieces
from regard.compare.table import table
from regard.compare.tabulate import tabulate
from regard.core.entry import Entry

__all__ = [
    "Comparison",
    "Entry",
    "Progress",
    "conduct",
    "costs_of",
    "eligible",
    "keep",
    "measure_costs",
    "path_of",
    "pieces",
    "recall",
    "refuse",
    "table",
    "tabulate",
]
