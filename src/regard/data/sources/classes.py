"""Which classes there are, from the labels that files hold."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self, final

import numpy as np
from numpy.typing import NDArray

from regard.core.errors import Corrupt

MOST = 2**15
"""Classes; the largest collections of images have 21,841."""

Where = Callable[[int], str]
"""The number of a row to what errors call it."""


@final
@dataclass(frozen=True)
class Classes:
    """The classes that occur among labels to train on: no other could be learned."""

    names: tuple[str, ...]
    declared: tuple[str, ...] | None
    """What whole numbers mean, where a file says it; None where they stand for themselves."""

    @classmethod
    def among(cls, labels: Sequence[Any], declared: tuple[str, ...] | None, where: Where) -> Self:
        """The classes of these labels: as declared, by number where all are whole numbers, else by alphabet.

        A label may be a word, a whole number (also written 1.0 or "1") or a truth value. Raises `Corrupt` for
        one that is missing or of another kind, and for more than 32,768 classes.
        """
        present = set(_names(labels, declared, where))
        if len(present) > MOST:
            message = f"{where(0)} and all others have {len(present):,} different labels, more than {MOST:,}"
            raise Corrupt(f"{message} classes. Name a column that holds classes.")
        if declared is not None:
            return cls(tuple(name for name in dict.fromkeys(declared) if name in present), declared)
        numbers = all(_is_whole(name) for name in present)
        return cls(tuple(sorted(present, key=(lambda name: (int(name), name)) if numbers else None)), None)

    def numbered(self, labels: Sequence[Any], where: Where) -> NDArray[np.int64]:
        """The number of each label's class. Raises `Corrupt` for a class without training data."""
        numbers = np.empty(len(labels), np.int64)
        for row, name in enumerate(_names(labels, self.declared, where)):
            if name not in self._numbers:
                message = f"{where(row)} has the label '{name}', of which there are no training data."
                raise Corrupt(f"{message} Add some, or remove it.")
            numbers[row] = self._numbers[name]
        return numbers

    @cached_property
    def _numbers(self) -> dict[str, int]:
        return {name: number for number, name in enumerate(self.names)}


def _names(labels: Sequence[Any], declared: tuple[str, ...] | None, where: Where) -> list[str]:
    """What each label calls its class."""
    known: dict[Any, str] = {}
    names = []
    for row, label in enumerate(labels):
        key = (type(label), label) if isinstance(label, str | int | float) else None
        if key not in known or key is None:
            known[key] = _name(label, declared, where, row)
        names.append(known[key])
    return names


def _name(label: Any, declared: tuple[str, ...] | None, where: Where, row: int) -> str:
    match label:
        case None | "":
            raise Corrupt(f"{where(row)} has no label. Give it one, or remove it.")
        case bool():
            return str(label).lower()
        case float() if math.isnan(label):
            raise Corrupt(f"{where(row)} has no label. Give it one, or remove it.")
        case str() if label.strip() and declared is None:
            return label.strip()
        case str() if label.strip() in (declared or ()):
            return label.strip()
        case int():
            return _declared(label, declared, where, row)
        case float() if label.is_integer():
            return _declared(int(label), declared, where, row)
    message = f"{where(row)} has the label {str(label)[:60]!r} of type {type(label).__name__}."
    expected = f"one of {', '.join(declared)}" if declared else "words, whole numbers or truth values"
    raise Corrupt(f"{message} Expected {expected}: correct it, or give other labels.")


def _declared(number: int, declared: tuple[str, ...] | None, where: Where, row: int) -> str:
    if declared is None:
        return str(number)
    if not 0 <= number < len(declared):
        message = f"{where(row)} has the label {number}, but labels go from 0 to {len(declared) - 1}."
        raise Corrupt(f"{message} Correct it, or remove it.")
    return declared[number]


def _is_whole(name: str) -> bool:
    return name.removeprefix("-").isdecimal() and name.isascii()
