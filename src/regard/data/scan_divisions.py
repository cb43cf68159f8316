"""How SCAN's commands are divided into training and test: by the published rules."""

from collections.abc import Callable, Iterable
from typing import Literal

from regard.data.scan_grammar import PRIMITIVES, TURN, Command, interpret

Division = Literal[
    "simple",
    "length",
    "jump",
    "turn_left",
    "right",
    "opposite_right",
    "around_right",
    "jump_around_right",
    "num0",
    "num1",
    "num2",
    "num3",
    "mcd1",
    "mcd2",
    "mcd3",
]
Rule = Callable[[Command], Literal["train", "test"] | None]
"""Where a command belongs; None if in neither."""

LONGEST_TRAINED = 22
"""Actions, in the division by length (Lake & Baroni 2018, experiment 2)."""
COPIES = {"jump": 1467, "turn_left": 2189}
"""Of the only training command with the new primitive, a tenth of all (experiment 3)."""
FILLERS = ("look", "walk", "run")
"""Primitives seen before `around right` in num1, num2 and num3 (Loula et al. 2018, arXiv 1807.07545)."""
LISTED = ("mcd1", "mcd2", "mcd3")
"""Divisions that no rule gives: they were searched for, and are published as lists."""


def divided(division: Division, commands: Iterable[Command]) -> tuple[list[Command], list[Command]]:
    """Training commands, some of them repeated, and test commands. `simple` has no rule: it is random."""
    rule, repeated = _rule(division), COPIES.get(division, 1)
    train: list[Command] = []
    test: list[Command] = []
    new = ("jump",) if division == "jump" else ("turn", "left")
    for command in commands:
        place = rule(command)
        if place == "train":
            train += [command] * (repeated if command == new else 1)
        elif place == "test":
            test.append(command)
    return train, test


def _rule(division: Division) -> Rule:
    if division == "length":
        return lambda command: "train" if len(interpret(command)) <= LONGEST_TRAINED else "test"
    if division == "jump":
        return lambda command: "train" if "jump" not in command or command == ("jump",) else "test"
    if division == "turn_left":
        return _new_phrase(("turn", "left"))
    if division in ("right", "opposite_right", "around_right"):
        manner = tuple(division.split("_"))
        held_out = [(verb, *manner) for verb in PRIMITIVES]
        return _template(held_out, tested=held_out, dropped=(TURN, *manner))
    seen = FILLERS if division == "jump_around_right" else FILLERS[: int(division.removeprefix("num"))]
    held_out = [(verb, "around", "right") for verb in PRIMITIVES if verb not in seen]
    return _template(held_out, tested=[("jump", "around", "right")], dropped=(TURN, "around", "right"))


def _new_phrase(phrase: Command) -> Rule:
    """Trained alone, tested in company."""

    def rule(command: Command) -> Literal["train", "test"]:
        return "train" if command == phrase or phrase not in _phrases(command) else "test"

    return rule


def _template(held_out: list[Command], tested: list[Command], dropped: Command) -> Rule:
    """Some phrases are never trained; those with `turn` are not even tested, as in the official files."""

    def rule(command: Command) -> Literal["train", "test"] | None:
        said = _phrases(command)
        if dropped in said:
            return None
        if any(phrase in said for phrase in tested):
            return "test"
        return None if any(phrase in said for phrase in held_out) else "train"

    return rule


def _phrases(command: Command) -> list[Command]:
    """One or two phrases, without connective and repetition."""
    for connective in ("and", "after"):
        if connective in command:
            place = command.index(connective)
            return [*_phrases(command[:place]), *_phrases(command[place + 1 :])]
    return [command[:-1] if command[-1] in ("twice", "thrice") else command]
