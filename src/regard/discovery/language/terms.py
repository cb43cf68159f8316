"""Terms: the nodes of all programs, each made once.

Equal operations on equal inputs are one object, so that type, facts, cost and hash of a sub-graph are
computed a single time, however many programs share it. It lives as long as one of them does.
"""

import functools
import hashlib
import threading
from typing import Any, final
from weakref import ref

from regard.core.errors import InvalidOption
from regard.discovery.language.facts import Facts
from regard.discovery.language.operation import Operation, facts_of, table
from regard.discovery.language.polynomials import Polynomial, polynomial
from regard.discovery.language.types import PAIRS, Binding, Type

Constants = tuple[tuple[str, float], ...]

_KNOWN: dict[tuple[Any, ...], "ref[Term]"] = {}
"""Terms that a program holds, by what they are made of."""

_MAKING = threading.RLock()


@final
class Term:
    """A node: an operation with its constants on other nodes. Never changed; `term` and `make` alone make it.

    slot: which of several with the same operation and inputs it is: those that learn differ by it.
    numbered: whether a node of it has another slot than 0.
    simpler: another program that is its simplest form, once that is sought; settled: it is that itself.
    Two terms are the same program only if they are one object.
    """

    __slots__ = (
        "__weakref__",
        "below",
        "binding",
        "constants",
        "facts",
        "hashed",
        "inputs",
        "name",
        "numbered",
        "operation",
        "settled",
        "simpler",
        "slot",
        "type",
    )

    def __init__(
        self,
        operation: Operation,
        inputs: tuple["Term", ...],
        constants: Constants,
        slot: int,
        made: tuple[Type, Binding],
    ) -> None:
        self.operation, self.inputs, self.constants, self.slot = operation, inputs, constants, slot
        self.name = operation.name
        self.numbered: bool = slot > 0 or True in [each.numbered for each in inputs]
        self.type, self.binding = made
        self.facts: Facts = facts_of(operation.flow, tuple([each.facts for each in inputs]), constants)
        self.hashed: bytes | None = None
        self.below: tuple[Term, ...] | None = None
        self.settled = False
        self.simpler: Term | None = None

    def __reduce__(self) -> tuple[Any, ...]:
        return make, (self.name, self.inputs, self.constants, self.slot)

    def __repr__(self) -> str:
        inside = ", ".join([*map(repr, self.inputs), *(f"{k}={v:g}" for k, v in self.constants)])
        return f"{self.name}({inside})" if inside else self.name

    @property
    def digest(self) -> bytes:
        """A hash of the program that ends here."""
        if self.hashed is None:
            parts = [each.digest for each in self.inputs]
            said = text_of(self.name, self.constants, self.slot, self.binding)
            self.hashed = hashlib.blake2b(said + b"".join(parts), digest_size=12).digest()
        return self.hashed

    @property
    def nodes(self) -> tuple["Term", ...]:
        """Every node of the program that ends here, inputs first, each once."""
        if self.below is None:
            found: dict[Term, None] = {}
            _visit(self, found)
            # without itself: a node that held itself would not be forgotten at once
            self.below = tuple(found)[:-1]
        return (*self.below, self)

    @property
    def own_cost(self) -> tuple[Polynomial, Polynomial]:
        """Matrix products and all other operations of this node alone, for one head."""
        return _costs(self.operation, self.binding, self.type.kind in PAIRS)

    def constant(self, name: str) -> float:
        """One of its constants."""
        return dict(self.constants)[name]


def _visit(node: Term, found: dict[Term, None]) -> None:
    for each in node.inputs:
        if each not in found:
            _visit(each, found)
    found[node] = None


@functools.lru_cache(maxsize=4096)
def text_of(name: str, constants: Constants, slot: int, binding: Binding) -> bytes:
    """What a node is hashed by beside its inputs."""
    return f"{name}{constants}{slot}{binding}".encode()


@functools.cache
def _costs(operation: Operation, binding: Binding, pairs: bool) -> tuple[Polynomial, Polynomial]:
    other = operation.other.replace("p w", "n m") if pairs else operation.other
    return polynomial(operation.matmul, binding), polynomial(other, binding)


def term(operation: Operation | str, *inputs: Term, slot: int = 0, **constants: float) -> Term:
    """The node of an operation on inputs; constants that are not said have their defaults.

    Raises `InvalidOption` where the inputs do not fit.
    """
    made = make(operation, inputs, constants, slot)
    if made is None:
        name = operation if isinstance(operation, str) else operation.name
        raise InvalidOption(misfit(name, inputs))
    return made


def make(
    operation: Operation | str,
    inputs: tuple[Term, ...],
    constants: dict[str, float] | Constants = (),
    slot: int = 0,
) -> Term | None:
    """The same; None where the inputs do not fit."""
    entry = table()[operation] if isinstance(operation, str) else operation
    given = entry.given(dict(constants)) if entry.constants else ()
    if entry.commutative and inputs[0].digest > inputs[1].digest:
        inputs = (inputs[1], inputs[0])
    key = (entry, given, slot, *inputs)
    known = _held(key)
    if known is not None:
        return known
    instance = entry.resolve(tuple([each.type for each in inputs]))
    if instance is None:
        return None
    with _MAKING:
        # another thread may have made it meanwhile
        known = _held(key)
        if known is None:
            known = Term(entry, inputs, given, slot, (instance.result, instance.binding))
            # once the term is gone, its entry is popped: much quicker than a WeakValueDictionary
            _KNOWN[key] = ref(known, functools.partial(_KNOWN.pop, key))
    return known


def _held(key: tuple[Any, ...]) -> Term | None:
    held = _KNOWN.get(key)
    return None if held is None else held()


def misfit(name: str, inputs: tuple[Term, ...]) -> str:
    """What is wrong with the inputs of an operation, in a line."""
    given = ", ".join(str(each.type) for each in inputs) or "nothing"
    wanted = " or ".join(signature.strip() for signature in table()[name].signatures)
    return f"the operation '{name}' takes {wanted}, and is given {given}."
