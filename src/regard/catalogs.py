"""What there is to choose from, without importing any of it."""

from regard.mechanisms import MECHANISMS
from regard.objectives import OBJECTIVES
from regard.optimizers import OPTIMIZERS
from regard.tasks import TASKS


def list_mechanisms() -> list[str]:
    """The names of all mechanisms, sorted."""
    return MECHANISMS.names()


def list_objectives() -> list[str]:
    """The names of all objectives, sorted."""
    return OBJECTIVES.names()


def list_optimizers() -> list[str]:
    """The names of all optimizers, sorted."""
    return OPTIMIZERS.names()


def list_tasks() -> list[str]:
    """The names of all tasks, sorted."""
    return TASKS.names()
