"""Fair comparison: plan, perform, judge, tabulate.

for progress in conduct(comparison, store, pool): ...
result = tabulate(comparison, store, costs_of(comparison, store))
keep(result, store)
"""

from regard.comparison.comparison import Comparison
from regard.comparison.conduct import Progress, conduct
from regard.comparison.costs import costs_of, measure_costs
from regard.comparison.documents import keep, path_of, recall
from regard.comparison.eligible import eligible, refuse
from regard.comparison.plan import pieces
from regard.comparison.tabulate import tabulate
from regard.core.entry import Entry
from regard.core.results.table import table

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
