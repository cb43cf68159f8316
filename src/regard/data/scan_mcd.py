"""SCAN's divisions of maximum compound divergence, from lists (Keysers et al. 2020, arXiv 1912.09713)."""

import json
from pathlib import Path

from regard.core.errors import Corrupt
from regard.data.scan_grammar import Command

FOLDER = "scan-splits"
"""Where the archive of that name unpacks the lists `mcd1.json`, `mcd2.json` and `mcd3.json`."""
SIZES = {"trainIdxs": 8_365, "testIdxs": 1_045}
"""Published sizes. `devIdxs` are of the test's kind, so they may not choose anything: they are left out."""
REMEDY = "Download it again."


def divided_by_list(path: Path, commands: list[Command]) -> tuple[list[Command], list[Command]]:
    """Training and test commands, by their numbers among all of `tasks.txt`.

    Raises `Corrupt` for a list that is none, is not as long as published, or shares a command with the other.
    """
    try:
        found = json.loads(path.read_text("utf-8"))
    except ValueError as error:
        raise Corrupt(f"{path} is no JSON: {error}. {REMEDY}") from error
    train, test = (_numbers(found, name, path) for name in SIZES)
    if set(train) & set(test):
        raise Corrupt(f"{path}: number {min(set(train) & set(test))} is both in training and test. {REMEDY}")
    if max(train + test) >= len(commands):
        raise Corrupt(f"{path}: there is no line {max(train + test)} among {len(commands):,}. {REMEDY}")
    return [commands[i] for i in train], [commands[i] for i in test]


def _numbers(found: object, name: str, path: Path) -> list[int]:
    numbers = found.get(name) if isinstance(found, dict) else None
    whole = isinstance(numbers, list) and all(isinstance(n, int) and n >= 0 for n in numbers)
    if not isinstance(numbers, list) or not whole or len(set(numbers)) != SIZES[name]:
        raise Corrupt(f"{path} must list {SIZES[name]:,} different line numbers as '{name}'. {REMEDY}")
    return numbers
