"""A part in a user's own file: `path/to/file.py:ClassName`, or pinned to its content by `@` and a hash."""

import inspect
import types
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from regard.core.bundle import Bundle
from regard.core.errors import Corrupt, MissingFile, UnknownName, nearest
from regard.core.own_modules import import_own


def named_by(name: str) -> bool:
    """Whether a name is that of a file rather than of a part in a folder."""
    return ":" in name or name.endswith(".py")


def short(name: str) -> str:
    """What a part is called in labels: the class's name alone; a name in a catalog as it is."""
    return name.rpartition(":")[2].partition("@")[0] if named_by(name) else name


def names_of(name: str) -> list[str]:
    """All that a part may be called, the shortest first: `Mine`, `file.Mine`, `to.file.Mine` and so on for
    `path/to/file.py:Mine`, and `softmax` and `regard.softmax` for one in a catalog.
    """
    if not named_by(name):
        return [name, f"regard.{name}"]
    path, class_name, _ = _parts(name)
    above = [part.replace(".", "_") for part in (*path.parent.parts[1:], path.stem)]
    return [".".join((*above[i:], class_name)) for i in range(len(above), -1, -1)]


def distinct(names: Iterable[str]) -> dict[str, str]:
    """For each part the shortest of its names that is none of another part's."""
    called = {name: names_of(name) for name in names}
    taken = Counter(each for all_of_one in called.values() for each in all_of_one)
    return {
        name: next((each for each in known if taken[each] == 1), known[-1]) for name, known in called.items()
    }


def pinned(name: str) -> str:
    """The name with the absolute path and a hash of the file's content and of all it imports from beside it.

    A run is identified by this name: a file that was changed since, or a helper of it, is another mechanism,
    and what the old one reached is not taken for its result.
    """
    path, class_name, _ = _parts(name)
    return f"{path}:{class_name}@{Bundle.read(path).digest}"


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
    bundle = Bundle.read(path)
    if expected and expected != bundle.digest:
        what = "has changed" if len(bundle.sources) == 1 else "or a module that it imports has changed"
        message = f"{path} {what} since this run was described. Restore it, or start a new run with it."
        raise Corrupt(message)
    module = import_own(path, bundle)
    if not hasattr(module, class_name):
        known = [key for key, value in vars(module).items() if _is_own_class(value, module)]
        hint = nearest(class_name, known) if known else "It defines none."
        raise UnknownName(f"{path} has no class '{class_name}'. {hint}")
    part = getattr(module, class_name)
    # a class that knows nothing of regard may say how it is seen as a part
    seen = vars(part).get("__regard__") if inspect.isclass(part) else None
    return part if seen is None else seen.__get__(None, part)()


def _parts(name: str) -> tuple[Path, str, str]:
    """Path, class name, and the pinned hash; empty where not given."""
    file, _, rest = name.rpartition(":") if ":" in name else (name, "", "")
    class_name, _, expected = rest.partition("@")
    try:
        return Path(file).expanduser().resolve(), class_name, expected
    except (ValueError, RuntimeError) as error:
        # signs that no path has, or the home of somebody who has none
        raise MissingFile(f"There is no file {file!r}: {error}.") from error


def _is_own_class(value: object, module: types.ModuleType) -> bool:
    return inspect.isclass(value) and value.__module__ == module.__name__
