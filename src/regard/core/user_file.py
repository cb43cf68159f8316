"""A part in a user's own file: `path/to/file.py:ClassName`, or pinned to its content by `@` and a hash."""

import functools
import hashlib
import importlib.util
import inspect
import sys
import types
from pathlib import Path
from typing import Any

from regard.core.errors import Corrupt, MissingFile, RegardError, UnknownName, nearest

HASH_LENGTH = 12


def named_by(name: str) -> bool:
    """Whether a name is that of a file rather than of a part in a folder."""
    return ":" in name or name.endswith(".py")


def short(name: str) -> str:
    """What a part is called in labels: the class's name alone; a name in a catalog as it is."""
    return name.rpartition(":")[2].partition("@")[0] if named_by(name) else name


def pinned(name: str) -> str:
    """The name with the absolute path and the hash of the file's content.

    A run is identified by this name: a file that was changed since is another mechanism, and what the
    old one reached is not taken for its result.
    """
    path, class_name, _ = _parts(name)
    return f"{path}:{class_name}@{_hash(path)}"


def find(name: str, kind: str) -> Any:
    """The class that a name means.

    Raises `UnknownName` with the nearest class, `MissingFile`, `Corrupt` if the file's content is not the
    pinned one, and `RegardError` if the file cannot be imported.
    """
    path, class_name, expected = _parts(name)
    if not class_name:
        raise UnknownName(f"'{name}' names a file but no {kind}. Write {name}:ClassName.")
    if not path.is_file():
        raise MissingFile(f"There is no file '{path}', where the {kind} '{class_name}' was sought.")
    if expected and expected != _hash(path):
        message = f"{path} has changed since this run was described. Restore it, or start a new run with it."
        raise Corrupt(message)
    module = _module(path, _hash(path))
    if not hasattr(module, class_name):
        known = [key for key, value in vars(module).items() if _is_own_class(value, module)]
        hint = nearest(class_name, known) if known else "It defines none."
        raise UnknownName(f"{path} has no class '{class_name}'. {hint}")
    return getattr(module, class_name)


def _parts(name: str) -> tuple[Path, str, str]:
    """Path, class name, and the pinned hash; empty where not given."""
    file, _, rest = name.rpartition(":") if ":" in name else (name, "", "")
    class_name, _, expected = rest.partition("@")
    return Path(file).expanduser().resolve(), class_name, expected


def _is_own_class(value: object, module: types.ModuleType) -> bool:
    return inspect.isclass(value) and value.__module__ == module.__name__


def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:HASH_LENGTH]


@functools.cache
def _module(path: Path, content: str) -> types.ModuleType:
    # the hash makes the name unique, so that files of one name do not replace one another
    spec = importlib.util.spec_from_file_location(f"regard_user_{content}.{path.stem}", path)
    if spec is None or spec.loader is None:
        raise RegardError(f"{path} is no Python file. Name a file that ends in .py.")
    module = importlib.util.module_from_spec(spec)
    # registered first: dataclasses and get_type_hints look their module up by name
    sys.modules[spec.name] = module
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        # a user's file can raise anything
        del sys.modules[spec.name]
        raise RegardError(f"{path} cannot be imported: {type(error).__name__}: {error}") from error
    return module
