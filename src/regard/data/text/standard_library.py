"""What the standard library says about itself."""

import ast
import hashlib
import json
import sys
import sysconfig
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from regard.data.sources import Writer, cached

VERSION = 1
"""Of what is written into the cache."""
LEFT_OUT = frozenset(
    {"distutils", "ensurepip", "idlelib", "lib2to3", "pydoc_data", "tkinter", "turtle", "turtledemo"}
)
"""Modules that many installations lack or cut down; `pydoc_data` has no text of its own but `topics`."""
TESTS = frozenset({"test", "tests"})


def standard_library() -> list[str]:
    """The documentation in the sources of the standard library, English text that ships with Python.

    A document has the docstrings of a module, its classes and its functions in the order of the file;
    documents are in alphabetical order of the files, which are read and never executed. They depend on
    the version of Python. None where its sources are not installed. Raises `Unwritable`.
    """
    files = _files(Path(sysconfig.get_path("stdlib")))
    contents = [path.read_bytes() for path in files]
    key = hashlib.sha256(b"".join(contents)).hexdigest()

    arrays = cached("standard_library", f"{VERSION} {key}", partial(_write, contents))
    texts: list[str] = json.loads(arrays["texts"].tobytes())
    return texts


def _write(contents: Sequence[bytes], writer: Writer) -> None:
    """All documents as one array of bytes, which hold a JSON list."""
    found = ["\n\n".join(_docstrings(ast.parse(content))) for content in contents]
    encoded = json.dumps([text for text in found if text]).encode()
    writer.save("texts", np.frombuffer(encoded, np.uint8))


def _files(folder: Path) -> list[Path]:
    """The sources of all modules but those left out and tests."""
    names = sorted(sys.stdlib_module_names - LEFT_OUT)
    found = [
        path for name in names for path in (folder / f"{name}.py", *sorted((folder / name).rglob("*.py")))
    ]
    return [path for path in found if path.is_file() and not TESTS & {*path.relative_to(folder).parts}]


def _docstrings(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        said = ast.get_docstring(node)
        if said:
            yield said
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.stmt | ast.excepthandler):
            yield from _docstrings(child)
