"""The catalogs by name."""

from regard.core.catalog import Catalog

MECHANISMS = Catalog("mechanism", "regard.mechanisms")
TASKS = Catalog("task", "regard.tasks")
OPTIMIZERS = Catalog("optimizer", "regard.optimizers")


def mechanisms() -> list[str]:
    """The names of all mechanisms, for `Attention(mechanism=...)` and the command line."""
    return MECHANISMS.names()


def tasks() -> list[str]:
    """The names of all tasks."""
    return TASKS.names()
