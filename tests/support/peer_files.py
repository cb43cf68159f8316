"""Single files of other packages, loaded by their path: their packages need Triton or a GPU when imported."""

import ast
import importlib.metadata
import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest


def located(package: str, file: str) -> Path:
    """Where a file of an installed package lies; skips the test where it is not installed."""
    try:
        return Path(str(importlib.metadata.distribution(package).locate_file(file)))
    except importlib.metadata.PackageNotFoundError:
        pytest.skip(f"{package} is not installed: pip install --no-deps -r tests/peers/requirements.txt")


def load(package: str, file: str) -> ModuleType:
    """The module that a file of an installed package is; skips the test where it is not installed."""
    path = located(package, file)
    name = f"peer_{file.removesuffix('.py').replace('/', '_')}"
    spec = importlib.util.spec_from_file_location(name, str(path))
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def naive(operator: str) -> ModuleType:
    """The plain reference that flash-linear-attention keeps of one of its operators, such as `kda`."""
    return load("fla-core", f"fla/ops/{operator}/naive.py")


def definition(package: str, file: str, name: str, **around: Any) -> Any:
    """One function or class of a file whose imports need the whole package, among the names that it needs.

    Annotations are left out, since they name more.
    """
    path = located(package, file)
    tree = ast.parse(path.read_text("utf-8"))
    kinds = ast.FunctionDef, ast.ClassDef
    tree.body = [each for each in tree.body if isinstance(each, kinds) and each.name == name]
    for each in ast.walk(tree):
        if isinstance(each, ast.arg):
            each.annotation = None
        elif isinstance(each, ast.FunctionDef):
            each.returns = None
    exec(compile(tree, str(path), "exec"), around)
    return around[name]
