"""The modules of a user's own files, imported under names of their own.

Each bundle is a package of its own in `sys.modules`, called by its place and content: two files that each
import a helper of the same name get each their own, and a changed file is another module.
"""

import builtins
import hashlib
import importlib
import importlib.util
import os
import sys
import types
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from importlib.abc import InspectLoader, MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import Any, final

from regard.core.bundle import Bundle
from regard.core.errors import RegardError

PREFIX = "regard_user_"
_BUNDLES: dict[str, Bundle] = {}
"""By the name of the package that a bundle is imported as."""


def import_own(path: Path, bundle: Bundle) -> types.ModuleType:
    """The module of a user's file. Raises `RegardError` if it cannot be imported."""
    place = f"{path}@{bundle.digest}".encode()
    package = PREFIX + hashlib.sha256(place).hexdigest()[:12]
    _BUNDLES.setdefault(package, bundle)
    if not any(isinstance(finder, OwnFinder) for finder in sys.meta_path):
        # before the finder of files, which would find what does not belong to the bundle
        sys.meta_path.insert(0, OwnFinder())
    try:
        with _surroundings_kept():
            return importlib.import_module(f"{package}.{bundle.main}")
    except (Exception, SystemExit) as error:
        # a user's file can raise anything
        raise RegardError(f"{path} cannot be imported: {type(error).__name__}: {error}") from error


@contextmanager
def _surroundings_kept() -> Iterator[None]:
    """Inside, folder and environment may change; behind it they are as before: paths of others are relative
    to the one, and every process of others inherits the other.
    """
    folder, environment = Path(), dict(os.environ)
    with suppress(OSError):  # it has been removed
        folder = Path.cwd()
    try:
        yield
    finally:
        os.chdir(folder)
        if os.environ != environment:
            os.environ.clear()
            os.environ.update(environment)


@final
class OwnFinder(MetaPathFinder):
    """Finds the modules of bundles, and nothing else."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: types.ModuleType | None = None
    ) -> ModuleSpec | None:
        """Raises `ModuleNotFoundError` for what is no module of the bundle."""
        package, _, name = fullname.partition(".")
        if package not in _BUNDLES:
            return None
        bundle = _BUNDLES[package]
        if not name:
            return importlib.util.spec_from_loader(fullname, None, is_package=True)
        source = bundle.sources.get(name)
        if source is None and any(each.startswith(f"{name}.") for each in bundle.sources):
            return importlib.util.spec_from_loader(fullname, None, is_package=True)
        if source is None:
            message = f"'{name}' is no module that an import statement of this file names"
            raise ModuleNotFoundError(message, name=fullname)
        if source.content is None:
            return importlib.util.spec_from_loader(fullname, None, is_package=True)
        return importlib.util.spec_from_file_location(
            fullname,
            source.path,
            loader=OwnLoader(package, bundle, name),
            submodule_search_locations=[str(source.path.parent)] if source.is_package else None,
        )


@final
class OwnLoader(InspectLoader):
    """Executes the content that the bundle has read, whatever has become of the file since."""

    def __init__(self, package: str, bundle: Bundle, name: str) -> None:
        self.package = package
        self.bundle = bundle
        self.name = name
        self.source = bundle.sources[name]

    def get_source(self, fullname: str) -> str:
        return importlib.util.decode_source(self.source.content or b"")

    def is_package(self, fullname: str) -> bool:
        return self.source.is_package

    def get_code(self, fullname: str) -> types.CodeType:
        return compile(self.source.content or b"", str(self.source.path), "exec", dont_inherit=True)

    def exec_module(self, module: types.ModuleType) -> None:
        """Execute it. Where other modules belong to it, its import statements look for them first."""
        if len(self.bundle.sources) > 1:
            vars(module)["__builtins__"] = {**vars(builtins), "__import__": self._import}
        exec(self.get_code(module.__name__), vars(module))

    def _import(
        self,
        name: str,
        globals: Mapping[str, Any] | None = None,
        locals: Mapping[str, Any] | None = None,
        fromlist: Sequence[str] | None = (),
        level: int = 0,
    ) -> types.ModuleType:
        """What an import statement calls: a name of the bundle means the bundle's module."""
        found = None if level else self.bundle.find(name, self.name)
        if found is None:
            return __import__(name, globals, locals, fromlist or (), level)
        module = importlib.import_module(f"{self.package}.{found}")
        if fromlist:
            return __import__(module.__name__, globals, locals, fromlist, 0)
        # `import a.b` binds `a`
        top = found.removesuffix(name) + name.partition(".")[0]
        return sys.modules[f"{self.package}.{top}"]
