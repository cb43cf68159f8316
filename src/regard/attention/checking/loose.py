"""Tensors and modules that a mechanism holds without torch knowing of them."""

import functools
from collections.abc import Iterable, Iterator, Mapping
from types import FunctionType, ModuleType
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
        found |= dict(_within(plain, name, DEPTH, set()))
    for cls in type(mechanism).__mro__:
        if issubclass(cls, Mechanism):
            found |= dict(_within(dict(vars(cls)), cls.__name__, DEPTH, set()))
    return {where: held for where, held in found.items() if id(held) not in known}


def _within(value: Any, where: str, depth: int, seen: set[int]) -> Iterator[tuple[str, Held]]:
    """Every tensor and module within a value, with the path to it."""
    if isinstance(value, torch.Tensor | nn.Module):
        yield where, value
    elif depth and id(value) not in seen:
        seen.add(id(value))
        for key, part in _parts(value):
            yield from _within(part, f"{where}.{key}" if where else f"{key}", depth - 1, seen)


def _parts(value: Any) -> Iterable[tuple[Any, Any]]:
    if isinstance(value, Mapping):
        return value.items()
    if isinstance(value, list | tuple | set | frozenset):
        return enumerate(value)
    if isinstance(value, functools.partial):
        return enumerate((*value.args, *value.keywords.values()))
    if isinstance(value, FunctionType):
        return enumerate(_remembered(value))
    if isinstance(value, type | ModuleType) or not hasattr(value, "__dict__"):
        return ()
    return vars(value).items()


def _remembered(function: FunctionType) -> Iterator[Any]:
    """What a function keeps of where it was defined."""
    for cell in function.__closure__ or ():
        try:
            yield cell.cell_contents
        except ValueError:
            continue  # not yet filled
