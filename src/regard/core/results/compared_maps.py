"""What the mechanisms of a comparison read of one test sample."""

from dataclasses import dataclass
from typing import ClassVar, final

from regard.core.results.lens import LayerFacts, View
from regard.core.results.result import Result


@final
@dataclass(frozen=True, kw_only=True)
class MechanismMaps:
    """What the first seed of one mechanism reads, or why nothing can be shown."""

    label: str
    """That of its row."""
    run: str
    """The digest of the run that was looked at."""
    layers: tuple[LayerFacts, ...] = ()
    view: View | None = None
    missing: str | None = None
    """Why there is no view, in a sentence."""


@final
@dataclass(frozen=True, kw_only=True)
class ComparedMaps(Result):
    """The maps of all mechanisms of the comparison with the same digest, on the same sample."""

    kind: ClassVar[str] = "maps"
    folder: ClassVar[str] = "maps"
    remedy: ClassVar[str] = "Delete it and run regard report again."

    mechanisms: tuple[MechanismMaps, ...]

    @property
    def runs(self) -> tuple[tuple[str, str], ...]:
        """Label and run of each mechanism: what the maps are of."""
        return tuple((each.label, each.run) for each in self.mechanisms)
