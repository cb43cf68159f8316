"""Graphs: programs as data, JSON both ways. Reading one executes nothing."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self, final

from regard.core.errors import Corrupt, InvalidOption, MissingFile, nearest
from regard.core.lazy import lazy
from regard.discovery.language.operation import Operation, table
from regard.discovery.language.polynomials import Polynomial
from regard.discovery.language.terms import Term, make, misfit
from regard.discovery.language.twins import listed
from regard.discovery.language.types import OUTPUT

FORMAT = 1
"""Of the JSON that describes a graph."""

LARGEST = 128
"""Nodes of a graph at most."""

LONGEST = 1_000_000
"""Characters of a file at most."""

KEYS = {"format", "name", "absent", "nodes", "output"}


@final
@dataclass(frozen=True)
class Graph:
    """A program that mixes values: `Graph(output)`, and which of the layer's projections it is to be without.

    output: the node that is the mixed values of the queries.
    absent: some of the letters q, k, v and o, as in `Attention(absent=...)`.
    name: what people call it; no part of what it is.

    Raises `InvalidOption` for an output of another type, and for too many nodes.
    """

    output: Term
    absent: str = ""
    name: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        if not self.output.type.fits(OUTPUT):
            raise InvalidOption(f"A graph has to end in {OUTPUT}, mixed values, not in {self.output.type}.")
        if len(self.nodes) > LARGEST:
            raise InvalidOption(f"A graph has at most {LARGEST} nodes, not {len(self.nodes)}.")
        if self.absent:
            object.__setattr__(self, "absent", _letters(self.absent))

    @lazy
    def nodes(self) -> tuple[Term, ...]:
        """All nodes, inputs first; none is dead."""
        return self.output.nodes

    @lazy
    def cost(self) -> Polynomial:
        """Operations for one head, as a polynomial."""
        return _total(self.nodes)

    @property
    def digest(self) -> str:
        """A hash of the structure, whatever the order of nodes or of inputs that commute."""
        return f"{self.output.digest.hex()}{self.absent}"

    @property
    def label(self) -> str:
        """Its name and the first digits of its hash, or these alone."""
        return "@".join(filter(None, (self.name, self.digest[:8])))

    def to_json(self) -> dict[str, Any]:
        """A JSON object from which `from_json` makes an equal graph."""
        nodes = listed(self.output)
        place = {node: i for i, node in enumerate(nodes)}
        described = {"format": FORMAT, "nodes": [_node(node, place) for node in nodes]}
        described |= {"output": place[self.output]}
        described |= {"absent": self.absent} if self.absent else {}
        return described | ({"name": self.name} if self.name else {})

    @property
    def text(self) -> str:
        """The same as a text of one line."""
        return json.dumps(self.to_json(), separators=(",", ":"))

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """The graph that `to_json` wrote. Raises `InvalidOption` for anything else, in one line."""
        _refuse(isinstance(value, Mapping), "has to be a JSON object")
        _refuse(
            value.get("format") == FORMAT, f"has to have format {FORMAT}, not {value.get('format')!r:.40}"
        )
        unknown = sorted(set(value) - KEYS)
        _refuse(not unknown, f"has the unknown key {', '.join(unknown)!r:.80}")
        nodes, absent, name = value.get("nodes"), value.get("absent", ""), value.get("name", "")
        _refuse(isinstance(nodes, list) and bool(nodes), "has to have a list of nodes")
        assert isinstance(nodes, list)
        _refuse(len(nodes) <= LARGEST, f"may have {LARGEST} nodes at most, not {len(nodes)}")
        _refuse(isinstance(absent, str) and isinstance(name, str), "'absent' and 'name' have to be texts")
        _refuse(len(name) <= 80, "'name' may have 80 letters at most")
        made: list[Term] = []
        for i, node in enumerate(nodes):
            made.append(_read(i, node, made))
        output = value.get("output", len(made) - 1)
        _refuse(_is_place(output, len(made)), f"'output' has to be the number of a node, not {output!r:.40}")
        return cls(made[output], absent, name)

    @classmethod
    def parse(cls, text: str) -> Self:
        """The graph that a text describes. Raises `InvalidOption`."""
        _refuse(len(text) <= LONGEST, f"may have {LONGEST} characters at most, not {len(text)}")
        try:
            value = json.loads(text)
        except (json.JSONDecodeError, RecursionError) as error:
            raise InvalidOption(f"A graph has to be JSON: {error}.") from error
        return cls.from_json(value)

    @classmethod
    def load(cls, path: Path) -> Self:
        """The graph in a file. Raises `MissingFile`, or `Corrupt` where it holds none."""
        if not path.is_file():
            raise MissingFile(f"There is no file '{path}', where a graph was sought.")
        try:
            with path.open(encoding="utf-8") as file:
                return cls.parse(file.read(LONGEST + 1))
        except (InvalidOption, UnicodeDecodeError) as error:
            raise Corrupt(f"{path} holds no graph. {error}") from error


def _letters(absent: str) -> str:
    """Each letter once, in order."""
    if not set(absent) <= set("qkvo"):
        raise InvalidOption(f"A graph: absent is some of the letters q, k, v and o, not '{absent}'.")
    return "".join(each for each in "qkvo" if each in absent)


def _total(nodes: tuple[Term, ...]) -> Polynomial:
    total: dict[tuple[int, ...], float] = {}
    for node in nodes:
        for part in node.own_cost:
            for powers, factor in part.monomials:
                total[powers] = total.get(powers, 0.0) + factor
    return Polynomial.of(total)


def _node(node: Term, place: Mapping[Term, int]) -> dict[str, Any]:
    described: dict[str, Any] = {"op": node.name}
    if node.inputs:
        described["inputs"] = [place[each] for each in node.inputs]
    if node.constants:
        described["constants"] = dict(node.constants)
    return described


def _read(i: int, node: Any, made: list[Term]) -> Term:
    _refuse(isinstance(node, Mapping), f"node {i} has to be a JSON object")
    name, inputs, constants = node.get("op"), node.get("inputs", []), node.get("constants", {})
    _refuse(isinstance(name, str) and name in table(), _unknown(i, name))
    entry = table()[name]
    _refuse(not set(node) - {"op", "inputs", "constants"}, f"node {i} has an unknown key")
    _refuse(isinstance(inputs, list), f"node {i} has to have a list of inputs")
    for each in inputs:
        _refuse(
            _is_place(each, i),
            f"node {i} reads {each!r:.40}, which is no node before it: inputs stand first, without cycles",
        )
    _refuse_constants(i, entry, constants)
    given = tuple(made[each] for each in inputs)
    # what learns is another node than one before it with the same inputs
    slot = sum(_alike(other, entry, given, constants) for other in made) if entry.parameters else 0
    found = make(entry, given, constants, slot)
    if found is None:
        raise InvalidOption(f"A graph: in node {i}, {misfit(name, given)}")
    return found


def _alike(other: Term, entry: Operation, given: tuple[Term, ...], constants: Mapping[str, float]) -> bool:
    return other.operation is entry and other.inputs == given and other.constants == entry.given(constants)


def _refuse_constants(i: int, entry: Operation, constants: Any) -> None:
    _refuse(isinstance(constants, Mapping), f"node {i} has to have an object of constants")
    for key, each in constants.items():
        _refuse(key in entry.constants, f"node {i}: the operation '{entry.name}' has no constant {key!r:.40}")
        wrong = entry.constants[key].misfit(each)
        _refuse(wrong is None, f"node {i}: the constant '{key}' {wrong}")


def _unknown(i: int, name: Any) -> str:
    near = nearest(name, table()) if isinstance(name, str) and len(name) < 80 else ""
    # all names together are no hint
    hint = f". {near}" if near.startswith("Did") else ""
    return f"node {i}: there is no operation {name!r:.40}{hint}"


def _is_place(value: Any, count: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < count


def _refuse(holds: bool, what: str) -> None:
    if not holds:
        raise InvalidOption(f"A graph {what}".rstrip(".?") + ("?" if what.endswith("?") else "."))
