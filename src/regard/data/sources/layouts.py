"""Sets of data in the files they were published in, where a folder of data has no parquet files of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar, final

from regard.core.errors import MissingFile
from regard.data.sources.folder import Source, data_folder, is_own, place_of
from regard.data.sources.visible import is_hidden

PARQUET = ("train.parquet", "train-*.parquet")

Found = TypeVar("Found")


@final
@dataclass(frozen=True)
class Layout(Generic[Found]):
    """One way in which a set was published."""

    folder: str
    """Lies in the folder of data, or in that of the set. Empty: is the folder of the set."""
    files: str
    """What lies in it, as errors say it."""
    read: Callable[[Path], Found]
    """Makes something of the folder. Raises `MissingFile` and `Corrupt`."""
    sign: str = "*"
    """A pattern: a folder that holds nothing of the kind is another one."""


def in_any_layout(
    source: Source, layouts: Sequence[Layout[Found]], parquet: Callable[[], Found], data: str | None
) -> Found:
    """What `parquet` makes of a set; where the folder of data has none, what its first layout makes of it.

    Where the folder has neither, it is `parquet`'s turn to ask the hub. Raises its `MissingFile`, which then
    says the layouts too.
    """
    folder = data_folder(data)
    if folder is None:
        return parquet()
    parquet_first = _has_parquet(folder, source, owned=data is not None)
    found = [] if parquet_first else _present(folder, source, layouts)
    if found:
        place, layout = found[0]
        return layout.read(place)
    try:
        return parquet()
    except MissingFile as error:
        ways = ", ".join(_shown(layout, source) for layout in layouts)
        ways = f"Instead of parquet, the files as published are read: {ways}."
        if any(not layout.folder and _holds(folder, layout.sign) for layout in layouts):
            ways += f" {folder} itself holds such files: if they are the set, rename it to {source.name}."
        raise MissingFile(f"{error} {ways}") from error


def _has_parquet(folder: Path, source: Source, *, owned: bool) -> bool:
    """Whether the folder of the set has training data in parquet."""
    place = place_of(source, folder, owned=owned)
    if place is None:
        return False
    inside = (place, place / "data", place / (source.configuration or "default"))
    return any(_holds(each, pattern) for each in inside for pattern in PARQUET)


def _present(
    folder: Path, source: Source, layouts: Sequence[Layout[Found]]
) -> list[tuple[Path, Layout[Found]]]:
    """Every layout that is there, and where. The folder may itself be that of the set, or of a layout."""
    sets = [folder / name for name in source.places]
    if is_own(source, folder):
        sets.append(folder)
    if folder.resolve().name in {layout.folder for layout in layouts}:
        sets.append(folder.resolve().parent)
    return [
        (place / layout.folder, layout)
        for layout in layouts
        for place in ([folder, *sets] if layout.folder else sets)
        if _holds(place / layout.folder, layout.sign)
    ]


def _holds(folder: Path, pattern: str) -> bool:
    return folder.is_dir() and any(not is_hidden(path.name) for path in folder.glob(pattern))


def _shown(layout: Layout[Found], source: Source) -> str:
    place = f"[{source.name}/]{layout.folder}" if layout.folder else source.name
    return f"FOLDER/{place}/{layout.files}"
