"""The update of a training, from the name of its optimizer."""

from regard.core.spec import Spec
from regard.optimization import ClosureOptimizer, ClosureUpdate, Update
from regard.optimizers import OPTIMIZERS


def build_update(spec: Spec) -> Update:
    """The update of a spec; of an optimizer that steps by a closure, one that asks a problem in its place.

    Raises `UnknownName` and `InvalidOption`.
    """
    part = OPTIMIZERS.find(spec.name)
    if isinstance(part, type) and issubclass(part, ClosureOptimizer):
        OPTIMIZERS.check(spec.name, spec.settings)
        return ClosureUpdate(part, spec.settings)
    update: Update = OPTIMIZERS.build(spec.name, **spec.settings)
    return update
