"""The table of operations: everything that is known of each, as data.

The table is the folder `operations`: every `Operation` that a file there names is in it.
"""

import functools
import importlib
import math
import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, final

from regard.discovery.language import operations
from regard.discovery.language.facts import Facts
from regard.discovery.language.flows import Flow
from regard.discovery.language.types import Binding, Instance, Type, instances


@final
@dataclass(frozen=True)
class Constant:
    """A number that a node holds."""

    default: float
    low: float
    high: float
    whole: bool = False

    def misfit(self, value: Any) -> str | None:
        """What is wrong with a value, in words; None if nothing is."""
        usable = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
        if not usable or not self.low <= value <= self.high or (self.whole and value != int(value)):
            kind = "a whole number" if self.whole else "a number"
            return f"must be {kind} from {self.low:g} to {self.high:g}, not {value!r:.40}"
        return None

    def of(self, value: float) -> float:
        """A value in the one way in which it is written."""
        # + 0.0: there is no -0.0
        return int(value) if self.whole else float(value) + 0.0


@final
@dataclass(frozen=True)
class Parameter:
    """A learned tensor of a node, as the torch expression that makes its first values.

    Letters stand for sizes: h heads, d and e features, w and u the widths of the node, n the longest length.
    """

    initial: str
    random: bool = False


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Operation:
    """One entry of the table. `$0` and `$1` stand for inputs, `$name` for a constant or a parameter.

    Costs are polynomials for one head: letters as in `Polynomial`, w and u the widths, p the positions.
    """

    name: str
    says: str
    """What it computes, in a line."""
    signatures: tuple[str, ...]
    """The first that fits the inputs holds."""
    torch: str
    """An expression. It may call the functions of `emission/standalone.py`, and read `reading`."""
    latex: str
    flow: Flow
    matmul: str = ""
    """Operations of matrix products."""
    other: str = ""
    """All other operations."""
    constants: Mapping[str, Constant] = field(default_factory=dict)
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    laws: frozenset[str] = frozenset()
    """Identities that simplification uses: commutative, idempotent, even, odd, involution, homogeneous, and
    nonnegative_identity."""

    @functools.cached_property
    def instances(self) -> tuple[Instance, ...]:
        """All its signatures with letters replaced, in order."""
        return tuple(each for signature in self.signatures for each in instances(signature))

    @functools.cached_property
    def _resolved(self) -> dict[tuple[Type, ...], Instance | None]:
        return {}

    def resolve(self, given: tuple[Type, ...]) -> Instance | None:
        """The first instance that takes inputs of these types; None if none does."""
        known = self._resolved
        if given not in known:
            known[given] = next((each for each in self.instances if _takes(each, given)), None)
        return known[given]

    def given(self, said: Mapping[str, float]) -> tuple[tuple[str, float], ...]:
        """All its constants; those that are not said have their defaults."""
        return tuple([(name, each.of(said.get(name, each.default))) for name, each in self.constants.items()])

    @functools.cached_property
    def commutative(self) -> bool:
        """Whether its two inputs may change places."""
        return "commutative" in self.laws

    @property
    def arity(self) -> int:
        """How many inputs it has."""
        return len(self.instances[0].inputs)


@functools.lru_cache(maxsize=8192)
def facts_of(flow: Flow, inputs: tuple[Facts, ...], constants: tuple[tuple[str, float], ...]) -> Facts:
    """What is known of a node from what is known of its inputs: many nodes have equal facts."""
    return flow(inputs, dict(constants))


def _takes(instance: Instance, given: tuple[Type, ...]) -> bool:
    return len(instance.inputs) == len(given) and all(
        each.fits(wanted) for each, wanted in zip(given, instance.inputs, strict=True)
    )


@functools.cache
def table() -> Mapping[str, Operation]:
    """All operations by name, sorted."""
    found: dict[str, Operation] = {}
    for module in pkgutil.iter_modules(operations.__path__):
        part = importlib.import_module(f"{operations.__name__}.{module.name}")
        for value in vars(part).values():
            if isinstance(value, Operation):
                assert found.setdefault(value.name, value) is value, f"two operations are called {value.name}"
    return MappingProxyType(dict(sorted(found.items())))


__all__ = ["Binding", "Constant", "Facts", "Operation", "Parameter", "table"]
