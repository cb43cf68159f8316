"""The expressions of ListOps (Nangia & Bowman 2018, arXiv 1804.06028)."""

import random
import statistics
from collections.abc import Callable, Iterator, Sequence

OPERATORS: dict[str, Callable[[list[int]], int]] = {
    "MIN": min,
    "MAX": max,
    "MED": lambda values: int(statistics.median(values)),
    "SM": lambda values: sum(values) % 10,
}
DIGITS = tuple("0123456789")
OPEN, CLOSE = "[", "]"
TOKENS = (*DIGITS, OPEN, CLOSE, *OPERATORS)
"""A list is written `[ MAX 2 9 ]`, the bracket and the operator each a token."""
LIST_SHARE = 0.25
"""Of arguments that are lists and not digits."""


def draw_expressions(
    seed: int, count: int, depth: int, arguments: int, longest: int
) -> Iterator[tuple[str, ...]]:
    """`count` random lists, without those of more than `longest` tokens.

    They nest at most `depth` deep and have 2 to `arguments` arguments each.
    """
    rng = random.Random(seed)
    for _ in range(count):
        drawn = _list(rng, depth, arguments, longest)
        if drawn is not None:
            yield tuple(drawn)


def evaluate(expression: Sequence[str]) -> int:
    """The value of a list, or of a digit. Raises `ValueError` for what is neither."""
    value, rest = _value(list(reversed(expression)))
    if rest:
        raise ValueError(f"'{' '.join(expression)}' goes on behind its end")
    return value


def _list(rng: random.Random, depth: int, arguments: int, longest: int) -> list[str] | None:
    """A random list, or None as soon as it has more than `longest` tokens: whole, it may be beyond memory."""
    tokens = [OPEN, rng.choice(list(OPERATORS))]
    for left in range(rng.randint(2, arguments), 0, -1):
        # the arguments to come and the bracket have at least a token each
        room = longest - len(tokens) - left
        nested = depth > 1 and rng.random() < LIST_SHARE
        argument = _list(rng, depth - 1, arguments, room) if nested else [rng.choice(DIGITS)]
        if argument is None or len(argument) > room:
            return None
        tokens += argument
    return [*tokens, CLOSE]


def _value(rest: list[str]) -> tuple[int, list[str]]:
    """The value at the end of the reversed tokens, and what stands before it."""
    if not rest:
        raise ValueError("an expression ends too early")
    token = rest.pop()
    if token in DIGITS:
        return int(token), rest
    if token != OPEN or not rest or rest[-1] not in OPERATORS:
        raise ValueError(f"'{token}' is neither a digit nor the beginning of a list")
    operator = OPERATORS[rest.pop()]
    values: list[int] = []
    while rest and rest[-1] != CLOSE:
        value, rest = _value(rest)
        values.append(value)
    if not rest or not values:
        raise ValueError("a list is empty or does not end")
    rest.pop()
    return operator(values), rest
