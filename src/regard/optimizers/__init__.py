"""The catalog of optimizers: one per file, independent of one another."""

from typing import TYPE_CHECKING

from regard.core.catalog import Catalog
from regard.core.spec import Spec

if TYPE_CHECKING:
    from regard.optimization import Update

OPTIMIZERS = Catalog("optimizer", __name__)


def build_update(spec: Spec) -> "Update":
    """The update of a spec; of an optimizer that steps by a closure, one that asks a problem in its place.

    Raises `UnknownName` and `InvalidOption`.
    """
    from regard.optimization import ClosureOptimizer, ClosureUpdate  # noqa: PLC0415 (takes a second)

    part = OPTIMIZERS.find(spec.name)
    if isinstance(part, type) and issubclass(part, ClosureOptimizer):
        OPTIMIZERS.check(spec.name, spec.settings)
        return ClosureUpdate(part, spec.settings)
    update: Update = OPTIMIZERS.build(spec.name, **spec.settings)
    return update
