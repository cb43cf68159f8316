"""Parts judged in processes of their own: one that hangs or ends its process breaks a law and no command."""

from collections.abc import Iterator, Mapping
from typing import Any

from regard.core.errors import RegardError
from regard.core.user_file import short
from regard.experiment import Lost, Overdue, apart
from regard.kinds import Kind
from regard.laws import Judgment

Judged = Iterator[tuple[str, Judgment]]
"""The name of a part, and what one law says of it."""


def check_apart(kind: Kind, name: str, options: Mapping[str, Any], seconds: float | None = None) -> Judged:
    """Judge a part by every law of its kind, one judgment at a time (see `Kind.check`).

    Each law may take so many seconds (None: as long as it likes). One over which the process ends, or that
    takes longer, is broken; the others are judged in a further process. Raises `RegardError` if the part
    cannot even be built.
    """
    laws, done, built = kind.laws.names(), 0, False
    while done < len(laws):
        judgments = apart(_judge, kind, name, options, done, seconds=seconds, threads=None)
        try:
            for judgment in judgments:
                if judgment is None:
                    built = True
                else:
                    done += 1
                    yield name, judgment
        except (Lost, Overdue) as error:
            if not built:
                raise RegardError(f"{short(name)} cannot be built. {error}") from error
            yield name, Judgment(laws[done], "broken", None, kind.laws.find(laws[done]).limit, str(error))
            done += 1


def check_all_apart(kind: Kind, options: Mapping[str, Any], seconds: float | None = None) -> Judged:
    """Judge every part of the catalog (see `Kind.check_all`), each as `check_apart` does."""
    return kind.check_all(options, lambda name: check_apart(kind, name, options, seconds))


def _judge(kind: Kind, name: str, options: Mapping[str, Any], first: int) -> Iterator[Judgment | None]:
    """The judgments from the first-th law on; before them None, once the part has been built."""
    judgments = kind.check(name, options, first)
    yield None
    yield from judgments
