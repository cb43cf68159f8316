"""What an exported file carries along: the imports, numbers and functions that its class uses."""

import ast
import inspect
from types import ModuleType

from torch.nn import functional

from regard.discovery.emission import standalone, weighing

IMPORTS = """{standard}

import torch
from torch import Tensor, nn{functions}
"""

MODULES: tuple[ModuleType, ...] = (standalone, weighing)
OWN = {
    name: value
    for module in MODULES
    for name, value in vars(module).items()
    if getattr(value, "__module__", None) == module.__name__
}
"""Functions and classes by name, in the order in which a file has them."""

NUMBERS = {name: value for name, value in vars(weighing).items() if isinstance(value, float)}
OF_TORCH = {
    name
    for name, value in vars(standalone).items()
    if inspect.isroutine(value) and vars(functional).get(name) is value
}


def carried(body: str) -> str:
    """The text of a file before its class."""
    functions = _functions(body)
    used = _used(body).union(*map(_used, functions))
    standard = ["import math", *(["from collections.abc import Callable"] if "Callable" in used else [])]
    of_torch = ", ".join(sorted(used & OF_TORCH))
    imports = IMPORTS.format(
        standard="\n".join(standard),
        functions=f"\nfrom torch.nn.functional import {of_torch}" if of_torch else "",
    )
    numbers = "".join(f"{name} = {value!r}\n" for name, value in NUMBERS.items() if name in used)
    return "\n\n".join(["\n".join(filter(None, [imports, numbers])), *functions])


def _functions(body: str) -> list[str]:
    """The source of all that a class uses, and of what that uses."""
    sources: dict[str, str] = {}
    wanted = {"Reading"} | _used(body)
    while wanted:
        name = wanted.pop()
        if name in OWN and name not in sources:
            sources[name] = inspect.getsource(OWN[name])
            wanted |= _used(sources[name])
    return [sources[name] for name in OWN if name in sources]


def _used(text: str) -> set[str]:
    """All names in a Python text, without those that only its strings hold."""
    return {node.id for node in ast.walk(ast.parse(text.strip())) if isinstance(node, ast.Name)}
