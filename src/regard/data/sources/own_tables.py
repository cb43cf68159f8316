"""A user's own tables: a file, a folder of files named after parts, or what `save_to_disk` writes."""

import json
from pathlib import Path
from typing import Any

from regard.core.errors import Corrupt, InvalidOption, MissingFile, nearest
from regard.data.sources.labeled_rows import Columns, Files
from regard.data.sources.part import PartName
from regard.data.sources.shards import refuse_part, shards_in
from regard.data.sources.tables import FORMATS, columns_in
from regard.data.sources.tree import NAMES
from regard.data.sources.visible import entries_in, folders_in

SAVED, SAVED_SPLITS = "state.json", "dataset_dict.json"
"""What `save_to_disk` writes beside the files of a set, and beside the folders of several splits."""
PARTED = "write commas into .csv, tabs into .tsv"


def place_of_own(data: str) -> Path:
    """The file or folder that a user names. Raises `MissingFile` where none is named."""
    if not data.strip():
        raise MissingFile("task.data is empty. Name a folder, or a table.")
    return Path(data).expanduser()


def own_tables(place: Path) -> Files | None:
    """The files of each part in a file or folder; None for a folder without tables to train on.

    Raises `MissingFile` for what does not exist or is no table, and where a shard is missing.
    """
    if place.is_file():
        if place.suffix.lower() not in FORMATS:
            raise MissingFile(f"{place} is no table. Give a folder, or a file that ends in {_shown()}.")
        refuse_part(place)
        return {"train": [place]}
    if not place.is_dir():
        raise MissingFile(f"There is no file or folder '{place}'. Correct task.data.")
    if (place / SAVED_SPLITS).is_file():
        return _saved_splits(place)
    if (place / SAVED).is_file():
        return {"train": _saved(place)}
    found = {part: shards_in(place, names, FORMATS) for part, names in NAMES.items()}
    if not found["train"]:
        _refuse_other_names(place)
        return None
    return {part: paths for part, paths in found.items() if paths}


def require_columns(files: Files, columns: Columns, options: Columns) -> None:
    """Raise `Corrupt` where a file lacks a column, with the option that names another one."""
    wanted = {columns.item: options.item, columns.label: options.label}
    for path in (path for paths in files.values() for path in paths):
        present = columns_in(path)
        for column, option in wanted.items():
            if column not in present:
                if not present:
                    raise Corrupt(f"{path} is empty. Fill or remove it.")
                message = f"{path} has no column '{column}', only {', '.join(present)}."
                if len(present) == 1 and any(sign in present[0] for sign in ";\t|,"):
                    raise Corrupt(
                        f"{message} Its fields are parted by other signs than its name says: {PARTED}."
                    )
                hint = nearest(column, present)
                raise Corrupt(f"{message} Name the right one by task.{option}=COLUMN. {hint}")


def refuse_columns(place: Path, columns: Columns, options: Columns) -> None:
    """Raise `InvalidOption` where columns are named though there are no tables."""
    named = {options.item: columns.item, options.label: columns.label}
    idle = [f"task.{option}={column}" for option, column in named.items() if column != option]
    if idle:
        message = f"{place} holds folders of classes and no tables: {' and '.join(idle)} names no column."
        raise InvalidOption(f"{message} Leave it out, or name a table by task.data.")


def _refuse_other_names(folder: Path) -> None:
    """Raise `MissingFile` for a folder with nothing but tables, of which none is called `train`, or with such
    a folder or a file of another format in the place of a table to train on.
    """
    for path in entries_in(folder):
        if path.is_file() and path.name.partition(".")[0].casefold() in NAMES["train"]:
            message = f"{path} is no table that is read. Decompress it, or write it anew as"
            raise MissingFile(f"{message} train.parquet, train.csv, train.tsv or train.jsonl.")
    tables = _tables_alone(folder)
    if tables:
        names = ", ".join(path.name for path in tables)
        message = f"{folder} has the tables {names}, but none called train. Name one itself by"
        raise MissingFile(f"{message} task.data={tables[0]}, or call it train{tables[0].suffix}.")
    for place in folders_in(folder):
        tables = _tables_alone(place) if place.name.casefold() in NAMES["train"] else []
        if tables:
            shards = f"{folder / 'train'}-00000-of-{len(tables):05}{tables[0].suffix}"
            raise MissingFile(f"{place} holds tables, not classes. Call them {shards} and so on.")


def _tables_alone(folder: Path) -> list[Path]:
    """The tables in a folder that has no folders."""
    entries = entries_in(folder)
    tables = [path for path in entries if path.suffix.lower() in FORMATS and path.is_file()]
    return [] if any(path.is_dir() for path in entries) else tables


def _saved_splits(folder: Path) -> Files:
    """The parts that `DatasetDict.save_to_disk` has written."""
    splits = _read(folder / SAVED_SPLITS).get("splits")
    names = [name for name in splits if isinstance(name, str)] if isinstance(splits, list) else []
    found: dict[PartName, list[Path]] = {}
    for part, spellings in NAMES.items():
        called = [name for name in names if name.casefold() in spellings]
        if len(called) > 1:
            raise MissingFile(f"{folder} has {' and '.join(called)}, the same part. Keep one of them.")
        if called:
            found[part] = _saved(folder / called[0])
    if "train" not in found:
        have = ", ".join(names) or "no splits"
        raise MissingFile(f"{folder} has {have}, but no train. Save a split of that name.")
    return found


def _saved(folder: Path) -> list[Path]:
    """The files of one set, in order. Raises `MissingFile` where one is not there."""
    state = _read(folder / SAVED)
    if state.get("_indices_data_files"):
        message = f"{folder} keeps apart which of its rows are meant, as an old version of datasets did."
        raise Corrupt(f"{message} Load it there and save it again after flatten_indices().")
    listed: Any = state.get("_data_files")
    names = [each.get("filename") for each in listed if isinstance(each, dict)] if listed else []
    paths = [folder / name for name in names if isinstance(name, str)]
    if not paths:
        raise Corrupt(f"{folder / SAVED} names no files of data. Save the set again.")
    for path in paths:
        if not path.is_file():
            raise MissingFile(f"{folder / SAVED} names {path.name}, but it is missing. Put it there.")
    return paths


def _read(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise Corrupt(f"{path} cannot be read: {error}. Save the set again.") from error
    if not isinstance(found, dict):
        raise Corrupt(f"{path} holds no JSON object. Save the set again.")
    return found


def _shown() -> str:
    return ", ".join(FORMATS)
