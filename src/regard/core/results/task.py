"""What a reader of scores must know of the task."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self, final

from regard.core.errors import Corrupt
from regard.core.phrase import phrase
from regard.core.results.codec import decode, encode, parse
from regard.core.user_file import short


@final
@dataclass(frozen=True)
class TaskFacts:
    """What was to be learned, and between which scores every result must lie."""

    name: str
    metric: str
    chance: float
    ceiling: float
    options: Mapping[str, Any] = field(default_factory=dict)
    changed: Mapping[str, Any] | None = None
    """The options that are no defaults; None where nobody noted them."""
    sizes: Mapping[str, int] = field(default_factory=dict)
    """Samples of each split."""
    note: str | None = None
    """What a reader of the scores must know."""
    chances: Mapping[str, float | None] = field(default_factory=dict)
    """Of the figures beside the score, and of the score on sets beyond the test split: `length 64`."""
    numbers: tuple[str, ...] = ()
    """The figures beside the score that are no shares."""

    @property
    def title(self) -> str:
        """The name; of a user's own task the name of its class."""
        return short(self.name)

    @property
    def subtitle(self) -> str:
        """What tells it from others of its name."""
        return phrase(self.options if self.changed is None else self.changed)

    def to_json(self) -> dict[str, Any]:
        """A JSON object from which `from_json` makes equal facts."""
        return encode(self, "task")

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """The facts that `to_json` wrote. Raises `Corrupt` in one line that names the place."""
        return decode(cls, value, "task")

    @classmethod
    def read(cls, path: Path) -> Self:
        """What a run noted of its task. Raises `Corrupt`."""
        try:
            return cls.from_json(parse(path))
        except Corrupt as error:
            message = f"{path} does not tell what the task was: {error}."
            raise Corrupt(f"{message} Delete it; the scores are in the store.") from error
