"""Formal languages as machines that read a word letter by letter."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import final

import torch
from jaxtyping import Bool, Int64
from torch import Tensor

State = tuple[int, ...]
Step = Callable[[State, int], State | None]
"""The state after a letter; None once no word that begins so is in the language."""


@final
@dataclass(frozen=True)
class Language:
    """Words over `letters`, told by a deterministic machine whose state may count."""

    letters: str
    start: State
    step: Step
    accepts: Callable[[State], bool]
    home: Callable[[State], int] = lambda state: 0
    """A bound: no word goes from a state into the language with fewer letters."""

    def table(self, length: int) -> tuple[Int64[Tensor, "states letters"], Bool[Tensor, " states"]]:
        """The machine for words up to `length`: the next state by state and letter, and which accept.

        State 0 is the one from which nothing is accepted any more, state 1 the start.
        """
        numbers: dict[State | None, int] = {None: 0, self.start: 1}
        rows, frontier = [[0] * len(self.letters)], [(self.start, 0)]
        for state, read in frontier:
            following = [self.step(state, letter) for letter in range(len(self.letters))]
            # what is too far from home when it is first reached is too far ever after
            left = length - read - 1
            following = [None if s is not None and self.home(s) > left else s for s in following]
            for new in following:
                if new not in numbers:
                    numbers[new] = len(numbers)
                    frontier.append((new, read + 1))  # type: ignore[arg-type]
            rows.append([numbers[new] for new in following])
        accepting = [False, *(self.accepts(state) for state, _ in frontier)]
        return torch.tensor(rows), torch.tensor(accepting)


def _finite(
    transitions: dict[int, tuple[int | None, ...]], accepting: set[int], letters: str = "01"
) -> Language:
    """A finite automaton by its transitions, a state for each letter; None is a dead end."""

    def step(state: State, letter: int) -> State | None:
        following = transitions[state[0]][letter]
        return None if following is None else (following,)

    return Language(letters, (0,), step, lambda state: state[0] in accepting)


def _repeated(word: str, letters: str) -> Language:
    """`word` any number of times."""

    def step(state: State, letter: int) -> State | None:
        return ((state[0] + 1) % len(word),) if letters[letter] == word[state[0]] else None

    return Language(letters, (0,), step, lambda state: state[0] == 0)


def _brackets(depth: int | None) -> Language:
    """Balanced brackets of one kind, nested at most `depth` deep."""

    def step(state: State, letter: int) -> State | None:
        height = state[0] + (1 if letter == 0 else -1)
        return (height,) if 0 <= height <= (depth or height) else None

    return Language("()", (0,), step, lambda state: state[0] == 0, home=sum)


def _shuffle() -> Language:
    """Two kinds of brackets, each balanced, whatever stands between."""

    def step(state: State, letter: int) -> State | None:
        kind, change = letter // 2, 1 if letter % 2 == 0 else -1
        heights = list(state)
        heights[kind] += change
        return tuple(heights) if heights[kind] >= 0 else None

    return Language("()[]", (0, 0), step, lambda state: state == (0, 0), home=sum)


def _counters() -> Language:
    """a^n b^n c^n: (phase, a's without their b, b's without their c)."""

    def step(state: State, letter: int) -> State | None:
        phase, open_a, open_b = state
        if letter < phase:
            return None
        if letter == 0:
            return (0, open_a + 1, open_b)
        if letter == 1:
            return (1, open_a - 1, open_b + 1) if open_a > 0 else None
        return (2, open_a, open_b - 1) if open_b > 0 and open_a == 0 else None

    return Language(
        "abc", (0, 0, 0), step, lambda state: state[1:] == (0, 0), home=lambda state: 2 * state[1] + state[2]
    )


def languages() -> dict[str, Language]:
    """All of them by name (Bhattamishra et al. 2020, arXiv 2009.11264; Tomita 1982)."""
    return {
        "tomita1": _finite({0: (None, 0)}, {0}),
        "tomita2": _repeated("10", "01"),
        # no odd run of 0 behind an odd run of 1: even 1s, odd 1s, odd 0s behind odd 1s, even 0s behind them
        "tomita3": _finite({0: (0, 1), 1: (2, 0), 2: (3, None), 3: (2, 1)}, {0, 1, 3}),
        "tomita4": _finite({0: (1, 0), 1: (2, 0), 2: (None, 0)}, {0, 1, 2}),
        "tomita5": _finite({0: (1, 2), 1: (0, 3), 2: (3, 0), 3: (2, 1)}, {0}),
        "tomita6": _finite({0: (1, 2), 1: (2, 0), 2: (0, 1)}, {0}),
        "tomita7": _finite({0: (0, 1), 1: (2, 1), 2: (2, 3), 3: (None, 3)}, {0, 1, 2, 3}),
        "parity": _finite({0: (0, 1), 1: (1, 0)}, {0}),
        "abab": _repeated("abab", "ab"),
        "d2": _brackets(2),
        "d4": _brackets(4),
        "dyck1": _brackets(None),
        "shuffle2": _shuffle(),
        "anbncn": _counters(),
    }
