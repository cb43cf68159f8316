"""A user's own file together with the modules beside it that it imports: what identifies a part of theirs.

Imports are read from the text of the files, also those within functions, so that nothing has to be executed
to know what belongs to a part. A name is looked for beside the user's file first, as for a script; the
standard library and `regard` itself are never looked for there. A file that imports relatively, or from the
package in which it lies, is read as a module of that package.
"""

import ast
import functools
import hashlib
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import final

from regard.core.errors import RegardError

HASH_LENGTH = 12
FOREIGN = sys.stdlib_module_names | {"regard"}
"""Names that always mean what they mean elsewhere, whatever lies beside a user's file."""

Imported = tuple[int, str]
"""The level of a relative import (0: absolute), and a dotted name."""


@final
@dataclass(frozen=True)
class Source:
    """A module: a file with its content, or a folder without one (a package that has no `__init__.py`)."""

    path: Path
    content: bytes | None

    @property
    def is_package(self) -> bool:
        """Whether it can have modules within."""
        return self.content is None or self.path.name == "__init__.py"

    @property
    def imports(self) -> frozenset[Imported]:
        """What it imports anywhere. Raises `RegardError` for a file that is no Python."""
        try:
            return frozenset() if self.content is None else _imports(self.content)
        except (SyntaxError, ValueError) as error:
            line = f" (line {error.lineno})" if isinstance(error, SyntaxError) else ""
            message = f"{self.path} cannot be imported: {type(error).__name__}: {error.args[0]}{line}"
            raise RegardError(message) from error


@final
@dataclass(frozen=True)
class Bundle:
    """A user's file and all it imports from beside it, directly or through others, as read at one moment."""

    main: str
    """The dotted name of the user's file, from the folder above its package, if it has one."""
    sources: Mapping[str, Source]
    """By dotted name, packages included."""

    @classmethod
    def read(cls, path: Path) -> "Bundle":
        """The bundle of the file at an absolute path. Raises `RegardError` for what is no Python."""
        if path.suffix != ".py":
            raise RegardError(f"{path} is no Python file. Name a file that ends in .py.")
        root, above = _place(path)
        main = ".".join((*above, path.stem.replace(".", "_")))
        sources = {main: Source(path, path.read_bytes())}
        waiting = [main]
        while waiting:
            importer = waiting.pop()
            for found in _reached(root, above, importer, sources[importer]):
                if found not in sources:
                    sources[found] = _source(root, found)
                    waiting.append(found)
        return cls(main, sources)

    @property
    def digest(self) -> str:
        """The identity of the content of all files, and of the names by which they are imported."""
        hashes = {name: _hash(source.content) for name, source in self.sources.items() if source.content}
        if len(self.sources) == 1:
            return next(iter(hashes.values()), _hash(b""))[:HASH_LENGTH]
        return _hash(repr(sorted(hashes.items())).encode())[:HASH_LENGTH]

    def find(self, name: str, importer: str) -> str | None:
        """The dotted name in the bundle of a module imported absolutely; None for one from elsewhere.

        A module that imports its own name, such as a `torch.py` that imports torch, means another one.
        """
        above = self.main.rpartition(".")[0]
        candidates = (f"{above}.{name}" if above else name, name)
        return next((each for each in candidates if each in self.sources and each != importer), None)


def _place(path: Path) -> tuple[Path, tuple[str, ...]]:
    """The folder from which names count, and the packages between it and the file."""
    folder, above = path.parent, tuple[str, ...]()
    while (folder / "__init__.py").is_file() and folder.name.isidentifier():
        folder, above = folder.parent, (folder.name, *above)
    imports = Source(path, path.read_bytes()).imports
    tops = {name.partition(".")[0] for level, name in imports if not level}
    within = above and above[0] not in FOREIGN and (any(level for level, _ in imports) or above[0] in tops)
    return (folder, above) if within else (path.parent, ())


def _reached(root: Path, above: tuple[str, ...], importer: str, source: Source) -> Iterator[str]:
    """The modules in the bundle that an importer imports, each behind the packages that it lies in."""
    package = importer.split(".") if source.is_package else importer.split(".")[:-1]
    for level, name in source.imports:
        parts = tuple(filter(None, name.split(".")))
        if level:
            starts = [tuple(package[: len(package) - level + 1])]
        elif parts[0] in FOREIGN:
            continue
        else:
            starts = [above, ()]
        for start in dict.fromkeys(starts):
            found = _longest(root, (*start, *parts), at_least=len(start) + (0 if level else 1))
            if found and ".".join(found) != importer:
                yield from (".".join(found[: i + 1]) for i in range(len(found)))
                break


def _longest(root: Path, parts: tuple[str, ...], at_least: int) -> tuple[str, ...]:
    """The longest beginning of a dotted name that is a file; what follows is a name within that module."""
    for length in range(len(parts), max(at_least, 1) - 1, -1):
        if _file(root.joinpath(*parts[:length])) is not None:
            return parts[:length]
    return ()


def _file(place: Path) -> Path | None:
    """The file of a module without its ending, a package before a module."""
    candidates = (place / "__init__.py", place.parent / f"{place.name}.py")
    return next((path for path in candidates if path.is_file()), None)


def _source(root: Path, name: str) -> Source:
    place = root.joinpath(*name.split("."))
    path = _file(place)
    return Source(place, None) if path is None else Source(path, path.read_bytes())


@functools.cache
def _imports(content: bytes) -> frozenset[Imported]:
    return frozenset(_imports_in(ast.parse(content)))


def _imports_in(tree: ast.AST) -> Iterator[Imported]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((0, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            # an imported name can be a module too
            yield node.level, node.module or ""
            yield from ((node.level, f"{node.module or ''}.{alias.name}") for alias in node.names)


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
