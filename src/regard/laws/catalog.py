"""The laws of one kind of subject: one per file of a package, found by the file's name."""

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Generic, final

from regard.core.catalog import Catalog
from regard.core.errors import RegardError
from regard.laws.judgment import Judgment, describe_error, judge
from regard.laws.law import Law, S
from regard.laws.surroundings import surroundings_restored


@final
@dataclass(frozen=True)
class Laws(Generic[S]):
    """All laws of a kind of subject; `kind` is its singular noun, `package` the folder of its laws."""

    kind: str
    package: str

    def names(self) -> list[str]:
        """The names of all laws."""
        return self._catalog.names()

    def find(self, name: str) -> Law[S]:
        """The law of a name. Raises `UnknownName` if there is none."""
        return _law(self.package, name)

    def load(self) -> None:
        """Import all laws now, so that no process that starts later does it again."""
        for name in self.names():
            self.find(name)

    def proven(self) -> list[str]:
        """The claims that some law needs and therefore proves, in the order in which they are declared."""
        laws = [self.find(name) for name in self.names()]
        needed = {claim for law in laws for claim in law.needs}
        return [claim for claim in laws[0].claims if claim in needed]

    def judge(self, subject: S, name: str) -> Judgment:
        """Judge a subject by the law of a name. Raises `UnknownName` if there is none."""
        return judge(self.find(name), subject)

    def check(self, subject: S, first: int = 0) -> Iterator[Judgment]:
        """Judge a subject by every law from the first-th on, one judgment at a time.

        Raises a `RegardError` at once for a part that cannot be built with these options, and `MissingFile`,
        with the first judgment at the latest, where its data are not there.
        """
        try:
            with surroundings_restored():
                subject.build()
        except RegardError:
            raise
        except Exception as error:  # whatever a user's constructor raises
            raise RegardError(
                f"{subject.part.__name__} cannot be built: {describe_error(error, subject.part)}"
            ) from error
        return (self.judge(subject, name) for name in self.names()[first:])

    def exempt(self, reason: str) -> Iterator[Judgment]:
        """A subject that cannot be judged is exempt from every law, for one reason."""
        return (Judgment(name, "exempt", None, self.find(name).limit, reason) for name in self.names())

    @property
    def _catalog(self) -> Catalog:
        return Catalog("law", self.package)


@functools.cache
def _law(package: str, name: str) -> Law[Any]:
    """Built once: a law keeps nothing of what it judges, and tables ask for each many times."""
    law: Law[Any] = Catalog("law", package).build(name)
    return law
