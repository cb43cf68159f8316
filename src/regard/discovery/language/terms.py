"""Terms: the nodes of all programs, each made once.

Equal operations on equal inputs are one object, so that type, facts, cost and hash of a sub-graph are
computed a single time, however many programs share it.
"""

import hashlib
from collections.abc import Iterator
from typing import Any, final

from regard.core.errors import InvalidOption
from regard.discovery.language.facts import Facts
from regard.discovery.language.operation import Operation, table
from regard.discovery.language.polynomials import Polynomial, polynomial
from regard.discovery.language.types import Binding, Type

Constants = tuple[tuple[str, float], ...]

LIMIT = 200_000
"""Terms that are kept; beyond it all are forgotten, and what is still used is merely made again."""

_KNOWN: dict[tuple[Any, ...], "Term"] = {}
_RESULTS: dict[tuple[str, Binding], tuple[Polynomial, Polynomial]] = {}


@final
class Term:
    """A node: an operation with its constants on other nodes. Never changed.

    slot: which of several with the same operation and inputs it is: those that learn differ by it.
    Terms are equal if they are the same program, whenever they were made.
    """

    __slots__ = (
        "binding",
        "cache",
        "constants",
        "digest",
        "facts",
        "inputs",
        "operation",
        "order",
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
        self.type, self.binding = made
        self.facts: Facts = operation.flow(tuple([each.facts for each in inputs]), dict(constants))
        text = f"{operation.name}{constants}{slot}{self.binding}".encode()
        parts = b"".join([each.digest for each in inputs])
        self.digest: bytes = hashlib.blake2b(text + parts, digest_size=12).digest()
        self.order: tuple[Term, ...] | None = None
        self.cache: dict[str, Any] = {}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Term) and self.digest == other.digest

    def __hash__(self) -> int:
        return hash(self.digest)

    def __repr__(self) -> str:
        inside = ", ".join([*map(repr, self.inputs), *(f"{k}={v:g}" for k, v in self.constants)])
        return f"{self.operation.name}({inside})" if inside else self.operation.name

    @property
    def name(self) -> str:
        """That of its operation."""
        return self.operation.name

    @property
    def nodes(self) -> tuple["Term", ...]:
        """Every node of the program that ends here, inputs first, each once."""
        if self.order is None:
            found: dict[Term, None] = {}
            for each in self.inputs:
                found.update(dict.fromkeys(each.nodes))
            found[self] = None
            self.order = tuple(found)
        return self.order

    @property
    def own_cost(self) -> tuple[Polynomial, Polynomial]:
        """Matrix products and all other operations of this node alone, for one head."""
        key = (self.operation.name, self.binding)
        if key not in _RESULTS:
            if self.type.kind in ("scores", "map", "weights"):
                other = self.operation.other.replace("p w", "n m")
            else:
                other = self.operation.other
            _RESULTS[key] = (
                polynomial(self.operation.matmul, self.binding),
                polynomial(other, self.binding),
            )
        return _RESULTS[key]

    def constant(self, name: str) -> float:
        """One of its constants."""
        return dict(self.constants)[name]


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
    if constants or entry.constants:
        said = dict(constants)
        given = tuple([(name, said.get(name, each.default)) for name, each in entry.constants.items()])
    else:
        given = ()
    if "commutative" in entry.laws and inputs[0].digest > inputs[1].digest:
        inputs = (inputs[1], inputs[0])
    key = (entry.name, given, slot, *[each.digest for each in inputs])
    known = _KNOWN.get(key)
    if known is not None:
        return known
    instance = entry.resolve(tuple([each.type for each in inputs]))
    if instance is None:
        return None
    if len(_KNOWN) >= LIMIT:
        _KNOWN.clear()
    made = Term(entry, inputs, given, slot, (instance.result, instance.binding))
    _KNOWN[key] = made
    return made


def misfit(name: str, inputs: tuple[Term, ...]) -> str:
    """What is wrong with the inputs of an operation, in a line."""
    given = ", ".join(str(each.type) for each in inputs) or "nothing"
    wanted = " or ".join(signature.strip() for signature in table()[name].signatures)
    return f"the operation '{name}' takes {wanted}, and is given {given}."


def walk(root: Term) -> Iterator[Term]:
    """Every node, inputs first."""
    return iter(root.nodes)
