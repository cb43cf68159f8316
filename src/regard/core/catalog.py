"""A folder is a registry: one part per file, found by the file's name, imported when asked for.

Listing the names imports nothing. Asking for a part imports its one file. A user's own part is
named `path/to/file.py:ClassName` wherever a name is taken (`core/user_file.py`).
"""

import importlib
import importlib.util
import inspect
import pkgutil
import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

from regard.core import user_file
from regard.core.errors import InvalidOption, RegardError, UnknownName, nearest
from regard.core.spec import Spec
from regard.core.values import fits, misfit, type_name, typed


@final
@dataclass(frozen=True)
class Option:
    """One keyword-only argument of a part's constructor."""

    name: str
    annotation: Any
    default: Any

    @property
    def required(self) -> bool:
        """Whether the part cannot be built without it."""
        return self.default is inspect.Parameter.empty

    def __str__(self) -> str:
        return f"{self.name}: {type_name(self.annotation)}" + (
            "" if self.required else f" = {self.default!r}"
        )


@final
@dataclass(frozen=True)
class DataFile:
    """Files that say as data what a part of a catalog is to be: they are named wherever that part is."""

    ending: str
    """Of their names, such as `.json`."""
    part: str
    """The name of the part."""
    read: Callable[[Path], Mapping[str, Any]]
    """The part's options, from a file."""


@final
@dataclass(frozen=True)
class Catalog:
    """The parts in one package: `kind` is the singular noun that errors use."""

    kind: str
    package: str
    data: DataFile | None = None

    def names(self) -> list[str]:
        """The names of all parts, sorted, without importing any of them."""
        spec = importlib.util.find_spec(self.package)
        if spec is None or spec.submodule_search_locations is None:
            raise RegardError(f"The package {self.package} of the {self.kind} catalog is missing.")
        found = pkgutil.iter_modules(spec.submodule_search_locations)
        return sorted(part.name for part in found if not part.name.startswith("_"))

    def find(self, name: str) -> Any:
        """The part called `name`, or the class in `path/to/file.py:ClassName`.

        Raises `UnknownName` with the nearest name, or `MissingFile`.
        """
        if self.data is not None and self._is_data(name):
            name = self.data.part
        if user_file.named_by(name):
            return user_file.find(name, self.kind)
        if name not in self.names():
            message = f"There is no {self.kind} called '{name}'. {nearest(name, self.names())}"
            raise UnknownName(message)
        return self._part_of(importlib.import_module(f"{self.package}.{name}"))

    def holds(self, name: str) -> bool:
        """Whether a name is that of a part, or of a file of data for one."""
        return self._is_data(name) or name in self.names()

    def meant(self, spec: Spec) -> Spec:
        """The part that a file of data describes; any other spec as it is.

        Raises `InvalidOption` for options beside those of the file, and what reading it raises.
        """
        if self.data is None or not self._is_data(spec.name):
            return spec
        if spec.options:
            raise InvalidOption(f"{spec.name} says all options of the {self.kind} itself: leave out {spec}.")
        return Spec.of(self.data.part, self.data.read(Path(spec.name).expanduser()))

    def options(self, name: str) -> dict[str, Option]:
        """The options of a part: the keyword-only arguments of its constructor."""
        return options_of(self.find(name))

    def check(self, name: str, given: Mapping[str, Any]) -> None:
        """Raise `InvalidOption` unless the part is complete, and every given option exists and has a fitting
        type.
        """
        self._refuse_abstract(name)
        known = self.options(name)
        for key in given:
            if key not in known:
                message = f"The {self.kind} '{name}' has no option '{key}'. {nearest(key, known)}"
                raise InvalidOption(message)
        for option in known.values():
            value = given.get(option.name)
            if option.required and value is None and not fits(None, option.annotation):
                raise InvalidOption(f"The {self.kind} '{name}' needs the option {option}.")
            if option.name in given and not fits(value, option.annotation):
                raise InvalidOption(f"{name}: {misfit(option.name, option.annotation, value)}")

    def complete(self, spec: Spec) -> Spec:
        """The same part with every option said, defaults included, so that equal parts are equal specs.

        A user's file is pinned to its content: after a change it is another part."""
        spec = self.meant(spec)
        self.check(spec.name, spec.settings)
        known = self.options(spec.name)
        name = user_file.pinned(spec.name) if user_file.named_by(spec.name) else spec.name
        said = {key: typed(value, known[key].annotation) for key, value in spec.options}
        unsaid = {key: typed(option.default, option.annotation) for key, option in known.items()}
        return Spec.of(name, unsaid | said)

    def label(self, spec: Spec) -> str:
        """The name, followed by the options that differ from their defaults.

        A part whose options are long texts may say by `shown(option, value)` what stands for one.
        """
        part, known = self.find(spec.name), self.options(spec.name)
        shown = getattr(part, "shown", lambda _, value: value)
        said = ((key, shown(key, value)) for key, value in spec.options if value != known[key].default)
        return str(Spec(user_file.short(spec.name), tuple(said)))

    def build(self, name: str, /, *given: Any, **options: Any) -> Any:
        """A part, built: positional arguments are handed on, options are checked first."""
        spec = self.meant(Spec.of(name, options)) if self._is_data(name) else Spec(name)
        options = spec.settings or options
        self.check(spec.name, options)
        return self.find(spec.name)(*given, **options)

    def _is_data(self, name: str) -> bool:
        return self.data is not None and name.endswith(self.data.ending)

    def _refuse_abstract(self, name: str) -> None:
        part = self.find(name)
        if inspect.isabstract(part):
            missing = " and ".join(sorted(part.__abstractmethods__))
            raise InvalidOption(f"The {self.kind} '{name}' cannot be built before it defines {missing}.")

    def _part_of(self, module: types.ModuleType) -> Any:
        """The one public class (or function) that a part's file defines."""
        own = [
            value
            for key, value in vars(module).items()
            if not key.startswith("_")
            and getattr(value, "__module__", None) == module.__name__
            and key.lower().replace("_", "") == module.__name__.rsplit(".", 1)[-1].replace("_", "")
        ]
        if len(own) != 1:
            message = f"{module.__file__} must define one {self.kind} named after the file."
            raise RegardError(message)
        return own[0]


def _annotation(target: Any, parameter: inspect.Parameter) -> Any:
    """What an argument is annotated with; Any where that has no meaning at run time.

    So it is with a name that is imported for type checkers only.
    """
    if parameter.annotation is inspect.Parameter.empty:
        return Any
    holder = types.SimpleNamespace(__annotations__={parameter.name: parameter.annotation})
    try:
        names = getattr(inspect.unwrap(target), "__globals__", {})
        return typing.get_type_hints(holder, globalns=names)[parameter.name]
    except Exception:  # noqa: BLE001 - a text in a user's file can mean anything, and raise anything
        return Any


def options_of(part: Any) -> dict[str, Option]:
    """The keyword-only arguments of a class's constructor, or of a function."""
    target = part.__init__ if inspect.isclass(part) else part
    return {
        parameter.name: Option(parameter.name, _annotation(target, parameter), parameter.default)
        for parameter in inspect.signature(target).parameters.values()
        if parameter.kind is inspect.Parameter.KEYWORD_ONLY
    }
