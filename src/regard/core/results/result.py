"""What every kind of result has in common: a format number, JSON both ways, and a place on disk."""

import json
from abc import ABC
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Self

from regard.core import files
from regard.core.errors import Corrupt, MissingFile, UnknownName
from regard.core.results.codec import decode, encode, parse

FORMAT = 3
"""The number of the format, one for every kind of result. A change that an older reader would misread is a
new number. Format 1 was that of comparisons whose tuned setting was always a learning rate; in format 2
intervals of differences were not those of the verdicts."""


@dataclass(frozen=True, kw_only=True)
class Result(ABC):
    """The base of frozen dataclasses that are results.

    Their JSON has two further keys, `format` and `kind`. A kind of result sets the three constants and adds
    its own fields.
    """

    kind: ClassVar[str]
    """What the result is of, in one word: `comparison`."""
    folder: ClassVar[str]
    """The folder within a project folder where such results lie, each as `DIGEST.json`."""
    remedy: ClassVar[str]
    """What to do about a file that cannot be read: one sentence."""

    digest: str
    """Of the description that the result belongs to: the name of its file."""

    def to_json(self) -> dict[str, Any]:
        """A JSON object from which `from_json` makes an equal result.

        Raises `RegardError` for a number that is not finite.
        """
        return {"format": FORMAT, "kind": self.kind, **encode(self, self.kind)}

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """The result that `to_json` wrote, its text made readable (`core/readable.py`).

        Raises `Corrupt` in one line that names the place in the document: `comparison.rows[1].mean`.
        """
        if not isinstance(value, Mapping):
            raise Corrupt(f"it should hold an object and holds {type(value).__name__}")
        if value.get("format") != FORMAT:
            raise Corrupt(_format_line(value.get("format")))
        if value.get("kind") != cls.kind:
            raise Corrupt(f"its kind should be {cls.kind!r} and is {value.get('kind')!r:.60}")
        return decode(cls, value, cls.kind)

    def write(self, path: Path) -> None:
        """Put the result into a file, whole or not at all. Raises `Unwritable`."""
        text = json.dumps(self.to_json(), indent=1, allow_nan=False) + "\n"
        files.write(path, text.encode())

    @classmethod
    def read(cls, path: Path | str) -> Self:
        """The result in a file; given a project folder, the only one of its kind there.

        Raises `MissingFile` where there is none, `UnknownName` where a folder holds several, and `Corrupt`
        for a file that is damaged or of another format or kind.
        """
        path = Path(path).expanduser()
        if path.is_dir():
            path = cls._only(path)
        if not path.is_file():
            raise MissingFile(
                f"There is no file '{path}'. Give the file of a {cls.kind}, or a project folder."
            )
        try:
            return cls.from_json(parse(path))
        except Corrupt as error:
            raise Corrupt(f"{path} cannot be read as a {cls.kind}: {error}. {cls.remedy}") from error

    @classmethod
    def path_in(cls, project: Path, digest: str) -> Path:
        """Where the result with that digest lies in a project folder."""
        return project / cls.folder / f"{digest}.json"

    @classmethod
    def paths_in(cls, project: Path) -> list[Path]:
        """The files of all results of this kind in a project folder, sorted by name."""
        return sorted((project / cls.folder).glob("[!.]*.json"))

    @classmethod
    def _only(cls, project: Path) -> Path:
        found = cls.paths_in(project)
        if not found:
            raise MissingFile(f"{project} holds no finished {cls.kind}. Give the folder that `--out` named.")
        if len(found) > 1:
            names = ", ".join(str(path.relative_to(project)) for path in found)
            raise UnknownName(
                f"{project} holds {len(found)} results of the kind {cls.kind}. Name one: {names}."
            )
        return found[0]


def _format_line(found: Any) -> str:
    known = isinstance(found, int) and not isinstance(found, bool)
    writer = (
        ("a newer" if found > FORMAT else "an older") + " regard wrote it" if known else "none that is known"
    )
    return f"its format is {found!r:.60} ({writer}), and this regard reads format {FORMAT}"
