"""SCAN's official files: lines `IN: jump twice OUT: I_JUMP I_JUMP`."""

from pathlib import Path

from regard.core.errors import Corrupt
from regard.data.scan_divisions import LISTED, Division
from regard.data.scan_grammar import WORDS, Command, interpret
from regard.data.scan_mcd import FOLDER, divided_by_list
from regard.data.sources import Source, content, find_file

SCAN = Source("scan", hub="scan")
FILES = {
    "simple": "simple_split/tasks_{}_simple.txt",
    "length": "length_split/tasks_{}_length.txt",
    "jump": "add_prim_split/tasks_{}_addprim_jump.txt",
    "turn_left": "add_prim_split/tasks_{}_addprim_turn_left.txt",
    "right": "template_split/tasks_{}_template_right.txt",
    "opposite_right": "template_split/tasks_{}_template_opposite_right.txt",
    "around_right": "template_split/tasks_{}_template_around_right.txt",
    "jump_around_right": "template_split/tasks_{}_template_jump_around_right.txt",
    "num0": "filler_split/tasks_{}_filler_num0.txt",
    "num1": "filler_split/tasks_{}_filler_num1.txt",
    "num2": "filler_split/tasks_{}_filler_num2.txt",
    "num3": "filler_split/tasks_{}_filler_num3.txt",
}
SIZES = {
    "simple": (16_728, 4_182),
    "length": (16_990, 3_920),
    "jump": (14_670, 7_706),
    "turn_left": (21_890, 1_208),
    "right": (15_225, 4_476),
    "opposite_right": (15_225, 4_476),
    "around_right": (15_225, 4_476),
    "jump_around_right": (18_528, 1_173),
    "num0": (15_225, 1_173),
    "num1": (16_290, 1_173),
    "num2": (17_391, 1_173),
    "num3": (18_528, 1_173),
}
"""Published lines for training and test, copies included: a file cut short between two lines has fewer."""
COMMANDS = 20_910
"""Lines of `tasks.txt`."""
REMEDY = "Download it again."


def official(division: Division, data: str | None) -> tuple[list[Command], list[Command]]:
    """Training and test commands of a division, as they stand in the official files.

    Raises `MissingFile`, and `Corrupt` for a file with a line that is no command with its actions, or with
    another number of lines than published.
    """
    paths = files_of(division, data)
    content(paths)  # compares checksums where there is a list of them
    if division in LISTED:
        tasks, numbers = paths
        return divided_by_list(numbers, _complete(tasks, COMMANDS))
    train, test = (_complete(path, size) for path, size in zip(paths, SIZES[division], strict=True))
    return train, test


def files_of(division: Division, data: str | None) -> list[Path]:
    """Where a division stands: training and test, or all commands and the list. Raises `MissingFile`."""
    names = [FILES[division].format(part) for part in ("train", "test")] if division in FILES else []
    return [find_file(SCAN, name, data) for name in names or ("tasks.txt", f"{FOLDER}/{division}.json")]


def read_file(path: Path) -> list[Command]:
    """The commands of one file, each compared with what it means."""
    try:
        lines = path.read_text("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise Corrupt(f"{path} is no text: byte {error.start} is not UTF-8. {REMEDY}") from error
    if not lines:
        raise Corrupt(f"{path} is empty. {REMEDY}")
    return [_command(line, f"{path}, line {number}") for number, line in enumerate(lines, 1)]


def _complete(path: Path, size: int) -> list[Command]:
    found = read_file(path)
    if len(found) != size:
        raise Corrupt(f"{path} has {len(found):,} lines, but as published {size:,}. {REMEDY}")
    return found


def _command(line: str, place: str) -> Command:
    given, separator, meant = line.partition(" OUT: ")
    command = tuple(given.removeprefix("IN: ").split())
    if not (line.startswith("IN: ") and separator and set(command) <= set(WORDS)):
        raise Corrupt(f"{place}: '{line[:60]}' is not of the form 'IN: jump OUT: I_JUMP'. {REMEDY}")
    try:
        actions = interpret(command)
    except ValueError as error:
        raise Corrupt(f"{place}: {error}. {REMEDY}") from error
    if actions != tuple(meant.split()):
        raise Corrupt(f"{place}: '{' '.join(command)}' means {' '.join(actions)}, not {meant}. {REMEDY}")
    return command
