"""A laboratory for attention mechanisms. Names are imported when they are asked for."""

import importlib
from typing import Any

_HOMES = {
    "Attention": "regard.attention",
    "Cost": "regard.attention",
    "Grid": "regard.attention",
    "Mask": "regard.attention",
    "Measurement": "regard.core.measurement",
    "Mechanism": "regard.attention",
    "ModelSettings": "regard.core.settings",
    "RegardError": "regard.core.errors",
    "Run": "regard.core.run",
    "Size": "regard.attention",
    "Spec": "regard.core.spec",
    "Store": "regard.store",
    "Task": "regard.data",
    "TrainingSettings": "regard.core.settings",
    "Traits": "regard.attention",
    "fit": "regard.training",
    "load": "regard.training",
}

_PACKAGES = ("mechanisms", "optimizers", "tasks")
"""Catalogs: called, they list their names."""

__all__ = sorted([*_HOMES, *_PACKAGES])  # noqa: PLE0605 - a list, as ruff cannot see


def __getattr__(name: str) -> Any:
    if name in _PACKAGES:
        return importlib.import_module(f"regard.{name}")
    if name not in _HOMES:
        raise AttributeError(f"module 'regard' has no attribute '{name}'")
    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return list(__all__)
