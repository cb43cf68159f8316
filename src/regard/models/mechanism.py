"""From whatever names a mechanism to the mechanism."""

from collections.abc import Callable

from regard.attention.mechanism import Mechanism
from regard.attention.size import Size
from regard.core.errors import InvalidOption
from regard.core.spec import Spec
from regard.mechanisms import MECHANISMS

MechanismLike = str | Spec | Callable[[Size], Mechanism]
"""A name in the catalog, `path/to/file.py:ClassName`, a `Spec` with options, or a class or any other function
that builds a mechanism from a `Size`."""


def build_mechanism(given: MechanismLike, size: Size) -> Mechanism:
    """The mechanism that is meant, built for a size.

    Raises `UnknownName` and `InvalidOption`, also for a mechanism that is built already: it has a size.
    """
    if isinstance(given, str | Spec):
        spec = Spec.of(given) if isinstance(given, str) else given
        mechanism = MECHANISMS.build(spec.name, size, **spec.settings)
    elif isinstance(given, Mechanism) or not callable(given):
        raise InvalidOption(
            f"Attention: mechanism cannot be {given!r:.40}. Give a name, a Spec, a class or a function."
        )
    else:
        mechanism = given(size)
    if not isinstance(mechanism, Mechanism):
        shown = type(mechanism).__name__
        raise InvalidOption(f"Attention: {given} builds a {shown}, which is no regard.Mechanism.")
    return mechanism
