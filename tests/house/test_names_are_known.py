"""Linters leave names in annotations alone, since shapes are written there; code is looked at here."""

import builtins
import dis
import importlib
import types
from collections.abc import Iterator
from pathlib import Path

import regard

PACKAGE = Path(regard.__file__).parent
MODULES = sorted(
    ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts)
    for path in PACKAGE.rglob("*.py")
    if path.stem != "__main__"
)


def functions(code: types.CodeType) -> Iterator[types.CodeType]:
    """All code inside of a module, however deep."""
    for inner in code.co_consts:
        if isinstance(inner, types.CodeType):
            yield inner
            yield from functions(inner)


def unknown_names(module: types.ModuleType) -> list[str]:
    """Names that functions look for in a module, and that neither it nor Python has."""
    source = compile(Path(module.__file__).read_text("utf-8"), module.__file__, "exec")
    asked = {
        step.argval
        for code in functions(source)
        for step in dis.get_instructions(code)
        if step.opname == "LOAD_GLOBAL"
    }
    return sorted(name for name in asked if not hasattr(module, name) and not hasattr(builtins, name))


def test_every_name_that_code_uses_is_known():
    assert {name: found for name in MODULES if (found := unknown_names(importlib.import_module(name)))} == {}


def test_a_name_that_is_not_imported_is_found(tmp_path):
    file = tmp_path / "broken.py"
    file.write_text("def read():\n    return Path('x')\n")
    module = types.ModuleType("broken")
    module.__file__ = str(file)

    assert unknown_names(module) == ["Path"]
