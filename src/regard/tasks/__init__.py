"""The catalog of tasks: one per file, strangers to one another."""

from regard.core.catalog import Catalog

TASKS = Catalog("task", __name__)
