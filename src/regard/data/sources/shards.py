"""The files of a part of a set: train.parquet, or in shards train-00000-of-00002.parquet and so on."""

import re
from collections.abc import Collection, Sequence
from pathlib import Path

from regard.core.errors import MissingFile
from regard.data.sources.visible import entries_in


def shards_in(
    place: Path, names: Sequence[str], suffixes: Collection[str], configuration: str = "default"
) -> list[Path]:
    """The files of a part that is called by one of these names, in order; none where there are none.

    From the first folder that has any: the place itself, `data` in it, or the folder of a configuration, as
    in repositories of the hub. Raises `MissingFile` where a shard is missing, and where it is not clear which
    files are meant: the part twice, or shards of different divisions.
    """
    spelled = "|".join(map(re.escape, names))
    pattern = re.compile(rf"({spelled})(-(\d+)-of-(\d+))?(-[0-9a-f]+)?", re.IGNORECASE)
    for folder in (place, place / "data", place / configuration):
        files = [path for path in entries_in(folder) if path.is_file()] if folder.is_dir() else []
        found = {
            path: match
            for path in files
            if path.suffix.lower() in suffixes and (match := pattern.fullmatch(path.stem))
        }
        if found:
            _require_whole(found)
            return list(found)
    return []


def refuse_part(path: Path) -> None:
    """Raise `MissingFile` for a file that says by its name that it is one shard of several."""
    match = re.search(r"-\d+-of-(\d+)(-[0-9a-f]+)?$", path.stem)
    if match and int(match[1]) > 1:
        message = f"{path} is one of {int(match[1])} shards. Name the folder in which all of them lie."
        raise MissingFile(message)


def _require_whole(found: dict[Path, re.Match[str]]) -> None:
    """Raise `MissingFile` unless these are one file, or all shards of one division, each once."""
    first, *others = found
    shards = {(int(match[3]), int(match[4])): path for path, match in found.items() if match[2]}
    what = f"{found[first][1]} in {first.parent}"
    if len(shards) < len(found) and others:
        same = f"{first.name} and {others[0].name}"
        raise MissingFile(f"{what} lies there twice: {same}. Keep one of them.")
    if not shards:
        return
    totals = {total for _, total in shards}
    if len(totals) > 1 or any(number >= total for number, total in shards):
        names = ", ".join(path.name for path in shards.values())
        raise MissingFile(f"{what} is mixed of shards of different divisions: {names}. Keep one division.")
    total = totals.pop()
    missing = sorted(set(range(total)) - {number for number, _ in shards})
    if missing:
        absent = _renumbered(found[first], missing[0])
        message = f"{what} is not whole, {len(shards)} of {total} shards are there:"
        raise MissingFile(f"{message} shard {missing[0]} is missing ({absent}{first.suffix}). Put it there.")


def _renumbered(match: re.Match[str], number: int) -> str:
    """What the shard of another number is called, as far as its name can be known."""
    return f"{match[1]}-{number:0{len(match[3])}}-of-{match[4]}"
