"""The types of the language: what a node computes, for symbolic sizes.

tokens      numbers per position and head, of the queries or of the keys: `queries:d`, `keys:e`, `keys:1`
features    tokens that are never negative; gate: tokens between 0 and 1
scores      a number for each pair of a query and a key
map         scores that are 0 wherever the mask hides the key: what values can be mixed by
weights     a map that is never negative
state       a memory written at the keys, a width of keys by a width of values: `state:d:e`

A gate fits where features or tokens are wanted, weights where a map or scores are.
"""

import functools
import itertools
from typing import NamedTuple

ABOVE = {
    "tokens": ("tokens",),
    "features": ("features", "tokens"),
    "gate": ("gate", "features", "tokens"),
    "scores": ("scores",),
    "map": ("map", "scores"),
    "weights": ("weights", "map", "scores"),
    "state": ("state",),
}
"""For each kind the kinds that it can stand for, itself first."""

VARIABLES = {"s": ("queries", "keys"), "w": ("1", "d", "e"), "u": ("1", "d", "e"), "f": ("d", "e")}
"""What the letters of a signature range over: a side, two widths, and the width of more than one number."""

PAIRS = ("scores", "map", "weights")
"""Kinds of n x m numbers."""


class Type(NamedTuple):
    """A type: a kind, and for tokens their side and width, for a state its two widths."""

    kind: str
    side: str = ""
    width: str = ""
    inner: str = ""

    def fits(self, wanted: "Type") -> bool:
        """Whether a value of this type can stand where that one is wanted."""
        return wanted.kind in ABOVE[self.kind] and self[1:] == wanted[1:]

    def __str__(self) -> str:
        if self.kind == "state":
            return f"state:{self.width}:{self.inner}"
        place = f"{self.side}:{self.width}" if self.side else ""
        return place if self.kind == "tokens" else f"{self.kind} {place}".strip()


Binding = tuple[tuple[str, str], ...]
"""What the letters of a signature stand for."""


class Instance(NamedTuple):
    """A signature whose letters stand for something."""

    inputs: tuple[Type, ...]
    result: Type
    binding: Binding


@functools.cache
def instances(signature: str) -> tuple[Instance, ...]:
    """All instances of a signature such as `queries:w, keys:w -> scores`."""
    left, _, right = signature.partition("->")
    patterns = [_pattern(each) for each in left.split(",") if each.strip()]
    result = _pattern(right)
    letters = sorted({part for pattern in (*patterns, result) for part in pattern[1:] if part in VARIABLES})
    found = []
    for values in itertools.product(*(VARIABLES[letter] for letter in letters)):
        binding = dict(zip(letters, values, strict=True))
        inputs = tuple(_bound(pattern, binding) for pattern in patterns)
        found.append(Instance(inputs, _bound(result, binding), tuple(binding.items())))
    return tuple(found)


def _pattern(text: str) -> Type:
    words = text.split()
    if words[0].startswith("state"):
        _, width, inner = words[0].split(":")
        return Type("state", "", width, inner)
    if words[0] in PAIRS:
        return Type(words[0])
    side, _, width = words[-1].partition(":")
    return Type(words[0] if len(words) == 2 else "tokens", side, width)


def _bound(pattern: Type, binding: dict[str, str]) -> Type:
    return Type(pattern.kind, *(binding.get(part, part) for part in pattern[1:]))


OUTPUT = Type("tokens", "queries", "e")
"""What a program computes: the mixed values of every query."""

MAP = Type("map")
"""What values can be mixed by."""
