"""Single files of other packages, loaded by their path: their packages need Triton or a GPU when imported."""

import importlib.metadata
import importlib.util
import sys
from types import ModuleType

import pytest


def load(package: str, file: str) -> ModuleType:
    """The module that a file of an installed package is; skips the test where it is not installed."""
    try:
        path = importlib.metadata.distribution(package).locate_file(file)
    except importlib.metadata.PackageNotFoundError:
        pytest.skip(f"{package} is not installed: pip install --no-deps -r tests/peers/requirements.txt")
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
