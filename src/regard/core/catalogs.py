"""The catalogs by name."""

from regard.core.catalog import Catalog

MECHANISMS = Catalog("mechanism", "regard.mechanisms")
TASKS = Catalog("task", "regard.tasks")
OPTIMIZERS = Catalog("optimizer", "regard.optimizers")
