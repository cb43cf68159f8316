"""Tensors and modules that a mechanism holds without torch knowing of them."""

import functools
from collections.abc import Iterator, Mapping
from typing import Any

import torch
from torch import nn

from regard.attention.mechanism import Mechanism

DEPTH = 5
"""How deep containers are looked into."""

REGISTERED = ("_parameters", "_buffers", "_modules")

Held = torch.Tensor | nn.Module


def loose(mechanism: Mechanism) -> dict[str, Held]:
    """What lies in plain attributes, lists, dictionaries, objects and closures, by where it was found.

    `to` does not move it, `state_dict` does not save it, and no optimizer finds what in it should learn.
    """
    known = {id(each) for each in (*mechanism.modules(), *mechanism.parameters(), *mechanism.buffers())}
    found: dict[str, Held] = {}
    for name, module in mechanism.named_modules():
        plain = {key: value for key, value in vars(module).items() if key not in REGISTERED}
        for where, held in _within(plain, name, DEPTH):
            found.setdefault(where, held)
    for cls in type(mechanism).__mro__:
        if issubclass(cls, Mechanism):
            for where, held in _within(dict(vars(cls)), cls.__name__, 2):
                found.setdefault(where, held)
    return {where: held for where, held in found.items() if id(held) not in known}


def _within(value: Any, where: str, depth: int) -> Iterator[tuple[str, Held]]:
    """Every tensor and module within a value, with the path to it."""
    if isinstance(value, torch.Tensor | nn.Module):
        yield where, value
    elif depth:
        for key, part in _parts(value):
            yield from _within(part, f"{where}.{key}" if where else f"{key}", depth - 1)


def _parts(value: Any) -> Iterator[tuple[Any, Any]]:
    if isinstance(value, Mapping):
        yield from value.items()
    elif isinstance(value, list | tuple | set | frozenset):
        yield from enumerate(value)
    elif isinstance(value, functools.partial):
        yield from enumerate((*value.args, *value.keywords.values()))
    elif callable(value):
        for index, cell in enumerate(getattr(value, "__closure__", None) or ()):
            yield index, cell.cell_contents
    elif not isinstance(value, type):
        yield from vars(value).items() if hasattr(value, "__dict__") else ()
