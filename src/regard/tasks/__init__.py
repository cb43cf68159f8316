"""The catalog of tasks: one per file, independent of one another."""

from regard.core.catalog import Catalog

TASKS = Catalog("task", __name__)
