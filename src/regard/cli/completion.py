"""What the shell offers behind a command: keys, and the names behind `task=` and the like."""

from regard.catalogs import list_mechanisms, list_objectives, list_optimizers, list_tasks
from regard.mechanisms import ALIASES

NAMES = {
    "task": list_tasks,
    "mechanism": list_mechanisms,
    "objective": list_objectives,
    "optimizer": list_optimizers,
}


def complete(incomplete: str) -> list[str]:
    """The overrides that begin so. Of several mechanisms the last one is completed."""
    key, equals, value = incomplete.partition("=")
    if not equals:
        return [f"{each}=" for each in NAMES if each.startswith(incomplete)]
    before, comma, last = value.rpartition(",")
    names = NAMES[key]() if key in NAMES else []
    return [f"{key}={before}{comma}{name}" for name in names if name.startswith(last)]


def complete_part(incomplete: str) -> list[str]:
    """The mechanisms and tasks whose names begin so."""
    return [name for name in (*list_mechanisms(), *list_tasks()) if name.startswith(incomplete)]


def complete_mechanism(incomplete: str) -> list[str]:
    """The mechanisms whose names, here or elsewhere, begin so."""
    return [name for name in (*list_mechanisms(), *ALIASES) if name.startswith(incomplete)]


def complete_task(incomplete: str) -> list[str]:
    """The tasks whose names begin so."""
    return [name for name in list_tasks() if name.startswith(incomplete)]
