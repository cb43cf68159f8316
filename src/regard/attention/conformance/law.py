"""What a law is: a sentence, a measure of how far a mechanism is from it, and a limit."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import ClassVar

from regard.attention.conformance.subject import Subject
from regard.attention.traits import Traits

Case = tuple[str, float]
"""Where the law was tried, in words, and how far the mechanism is from it there: 0 is perfect."""

ROUNDING = 1e-6
"""The limit of laws that hold exactly but for rounding. Laws compute in float64, so that rounding lies near
1e-15; the room is for mechanisms that compute a part in float32."""


class Law(ABC):
    """Abstract. A law of the catalog subclasses it once; the first line of its docstring is the law."""

    limit: ClassVar[float] = ROUNDING
    """The largest figure that still counts as keeping the law."""
    needs: ClassVar[tuple[str, ...]] = ()
    """The traits that a mechanism must declare for the law to apply to it. It then proves them."""

    @property
    def name(self) -> str:
        """The name in the catalog: that of the file."""
        return type(self).__module__.rsplit(".", 1)[-1]

    @property
    def sentence(self) -> str:
        """The law itself."""
        return (type(self).__doc__ or "").strip().splitlines()[0]

    def exempt(self, traits: Traits) -> str | None:
        """Why the law does not apply, or None if it does."""
        missing = [trait for trait in self.needs if not getattr(traits, trait)]
        return f"does not declare {' and '.join(missing)}" if missing else None

    @abstractmethod
    def measure(self, subject: Subject) -> Iterator[Case]:
        """Try the law in several cases. The worst figure decides."""
