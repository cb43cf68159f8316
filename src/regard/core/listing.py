"""A catalog's package that can also be called for its names: `regard.mechanisms()`."""

import sys
import types

from regard.core.catalog import Catalog


def make_callable(catalog: Catalog) -> None:
    """Let the catalog's package, now being imported, answer a call with the names of its parts.

    The package and the list of names are wanted under one name, and an imported package takes the name's
    place in its parent: hence the package itself answers (the documented use of a module's `__class__`).
    """

    class Listing(types.ModuleType):
        def __call__(self) -> list[str]:
            """The names of all parts, sorted, without importing any of them."""
            return catalog.names()

    sys.modules[catalog.package].__class__ = Listing
