"""The frozen recipes of the tasks, as YAML: what `regard train` and `regard compare` start from.

`cifar10.yaml` is the recipe of the task cifar10. `cifar10.large.yaml` is a variant of it, chosen by
`recipe=large`: it says only what is different.
"""

from importlib import resources
from typing import Any

from omegaconf import OmegaConf

from regard.core.errors import UnknownName, nearest
from regard.recipes.reasons import Reasons, reasons_in

SUFFIX = ".yaml"


def recipe(task: str, variant: str | None = None) -> dict[str, Any]:
    """The recipe of a task, or a variant of it; empty for a task that has none, such as a user's own.

    Raises `UnknownName` for a variant that is not there.
    """
    if variant is not None and variant not in variants(task):
        message = f"The task '{task}' has no recipe called '{variant}'."
        raise UnknownName(f"{message} {nearest(variant, variants(task))}")
    names = [task] if variant is None else [task, f"{task}.{variant}"]
    parts = [_text(name) for name in names if name in _names()]
    merged = OmegaConf.to_container(OmegaConf.merge(*map(OmegaConf.create, parts))) if parts else {}
    assert isinstance(merged, dict)
    return {str(key): value for key, value in merged.items()}


def reasons(task: str, variant: str | None = None) -> list[Reasons]:
    """Why the recipe of a task has its values, then why its variant is different; empty without a recipe."""
    names = [task] if variant is None else [task, f"{task}.{variant}"]
    return [reasons_in(_text(name)) for name in names if name in _names()]


def variants(task: str) -> list[str]:
    """The names of a task's further recipes."""
    return sorted(name.removeprefix(f"{task}.") for name in _names() if name.startswith(f"{task}."))


def _names() -> list[str]:
    files = (file.name for file in resources.files(__name__).iterdir())
    return [name.removesuffix(SUFFIX) for name in files if name.endswith(SUFFIX)]


def _text(name: str) -> str:
    return (resources.files(__name__) / f"{name}{SUFFIX}").read_text("utf-8")
