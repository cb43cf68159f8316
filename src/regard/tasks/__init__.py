"""The catalog of tasks: one per file, strangers to one another. Called, it lists their names."""

from regard.core.catalogs import TASKS
from regard.core.listing import make_callable

make_callable(TASKS)
