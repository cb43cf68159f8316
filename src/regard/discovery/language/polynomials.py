"""Costs as polynomials in the lengths n and m and the features d and e, for one head."""

import functools
from collections.abc import Mapping
from typing import NamedTuple, Self, final

LETTERS = "nmde"


@final
class Polynomial(NamedTuple):
    """A sum of monomials, each a coefficient with the exponents of n, m, d and e."""

    monomials: tuple[tuple[tuple[int, ...], float], ...] = ()

    @classmethod
    def of(cls, terms: Mapping[tuple[int, ...], float]) -> Self:
        """From coefficients by exponents."""
        return cls(tuple(sorted((powers, factor) for powers, factor in terms.items() if factor)))

    def at(self, n: int, m: int, d: int, e: int) -> int:
        """The value for given sizes."""
        total = 0.0
        for (a, b, c, f), factor in self.monomials:
            total += factor * n**a * m**b * d**c * e**f
        return round(total)

    @property
    def growth(self) -> int:
        """The power of the length with which it grows."""
        return max((powers[0] + powers[1] for powers, _ in self.monomials), default=0)

    def __str__(self) -> str:
        return " + ".join(_shown(*each) for each in reversed(self.monomials)) or "0"


@functools.cache
def polynomial(text: str, binding: tuple[tuple[str, str], ...] = ()) -> Polynomial:
    """From text such as `2 n m w + 5 p w`, where p is the positions of side s, and w and u are widths.

    Letters are replaced by what the binding says.
    """
    meant = dict(binding)
    meant["p"] = {"queries": "n", "keys": "m"}.get(meant.get("s", ""), "p")
    terms: dict[tuple[int, ...], float] = {}
    for part in filter(None, map(str.strip, text.split("+"))):
        factor, powers = 1.0, [0, 0, 0, 0]
        for word in (meant.get(each, each) for each in part.split()):
            if word in LETTERS:
                powers[LETTERS.index(word)] += 1
            else:
                factor *= float(word)
        key = tuple(powers)
        terms[key] = terms.get(key, 0.0) + factor
    return Polynomial.of(terms)


def _shown(powers: tuple[int, ...], factor: float) -> str:
    names = [
        letter if power == 1 else f"{letter}^{power}"
        for letter, power in zip(LETTERS, powers, strict=True)
        if power
    ]
    return " ".join([f"{factor:g}", *names] if factor != 1 or not names else names)
