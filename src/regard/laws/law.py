"""What a law is: a sentence, a measure of how far a subject is from it, and a limit."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from typing import Any, ClassVar, Generic, Protocol, TypeVar

from regard.core.documentation import description

Case = tuple[str, float]
"""Where the law was tried, in words, and how far the subject is from it there: 0 is perfect."""

ROUNDING = 1e-6
"""The limit of laws that hold exactly but for rounding. Laws compute in float64, so that rounding lies near
1e-15; the room is for parts that compute something in float32."""


class Subject(Protocol):
    """What is judged: a part with the options under which it is judged."""

    @property
    def part(self) -> Callable[..., Any]:
        """The class, or a function. An error that arises in its file is told with its line."""

    def build(self) -> Any:
        """The part, built. Raises a `RegardError` for options that it refuses."""

    def declares(self, claim: str) -> bool:
        """Whether the part claims this, one of the `claims` of its kind's laws."""


S = TypeVar("S", bound=Subject)


class Law(ABC, Generic[S]):
    """Abstract. Each kind of subject has one abstract subclass that names its `claims`; a law of the catalog
    is a final subclass of that one, and the first line of its docstring is the law.

    A law that needs what no subject can declare raises `TypeError` when its file is imported.
    """

    claims: ClassVar[tuple[str, ...]] = ()
    """What a subject of this kind can declare."""
    needs: ClassVar[tuple[str, ...]] = ()
    """The claims that a subject must make for the law to apply to it. It then proves them."""
    limit: ClassVar[float] = ROUNDING
    """The largest figure that still counts as keeping the law."""

    def __init_subclass__(cls) -> None:
        unknown = sorted(set(cls.needs) - set(cls.claims))
        if unknown:
            raise TypeError(f"{cls.__name__} needs {' and '.join(unknown)}, which no subject can declare.")

    @property
    def name(self) -> str:
        """The name in the catalog: that of the file."""
        return type(self).__module__.rsplit(".", 1)[-1]

    @property
    def sentence(self) -> str:
        """The law itself."""
        return description(type(self)).splitlines()[0]

    def exempt(self, subject: S) -> str | None:
        """Why the law does not apply, or None if it does."""
        missing = [claim for claim in self.needs if not subject.declares(claim)]
        return f"does not declare {' and '.join(missing)}" if missing else None

    @abstractmethod
    def measure(self, subject: S) -> Iterator[Case]:
        """Try the law in several cases. The worst figure decides."""
