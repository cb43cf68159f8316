"""The kinds of parts that can be judged by laws: the one place that knows them all."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, final

from regard.attention import Mechanism
from regard.attention.laws import MECHANISM_LAWS, Subject
from regard.core.catalog import Catalog
from regard.core.errors import InvalidOption, MissingFile, UnknownName, nearest
from regard.core.user_file import named_by
from regard.data import Task
from regard.data.laws import TASK_LAWS, TaskSubject
from regard.laws import Laws, Verdict
from regard.mechanisms import MECHANISMS
from regard.tasks import TASKS


@final
@dataclass(frozen=True)
class Kind:
    """A kind of part: where its parts and its laws are found, and how one is put on trial."""

    catalog: Catalog
    laws: Laws[Any]
    subject: Callable[[Any, Mapping[str, Any]], Any]
    contract: type
    """What a part in a user's own file subclasses."""

    @property
    def name(self) -> str:
        """The singular noun."""
        return self.catalog.kind

    def check(self, name: str, options: Mapping[str, Any]) -> Iterator[Verdict]:
        """Judge a part by every law of its kind, one verdict at a time.

        Raises a `RegardError` at once for options that the part refuses, and `MissingFile` where its data
        are not there.
        """
        self.catalog.check(name, options)
        return self.laws.check(self.subject(self.catalog.find(name), options))

    def check_all(self, options: Mapping[str, Any]) -> Iterator[tuple[str, Verdict]]:
        """Judge every part of the catalog. One that lacks its data is exempt from all laws."""
        for name in self.catalog.names():
            try:
                for verdict in self.check(name, self._with_required(name, options)):
                    yield name, verdict
            except MissingFile as error:
                for verdict in self.laws.exempt(str(error)):
                    yield name, verdict


def kinds() -> tuple[Kind, ...]:
    """All kinds; what `all` means is the first of them."""
    return (
        Kind(MECHANISMS, MECHANISM_LAWS, Subject, Mechanism),
        Kind(TASKS, TASK_LAWS, TaskSubject, Task),
    )
