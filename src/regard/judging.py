"""Parts judged in processes of their own: one that hangs or ends its process breaks a law and no command."""

import os
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from regard.core.errors import RegardError
from regard.core.user_file import short
from regard.experiment import Lost, Overdue, apart
from regard.kinds import Kind
from regard.laws import Judgment

PROCESSORS = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1

AT_ONCE = PROCESSORS + 1
"""Parts that are begun at once: the next may be done before the one that is told, and no processor idles."""

Judged = Iterator[tuple[str, Judgment]]
"""The name of a part, and what one law says of it."""


def check_apart(kind: Kind, name: str, options: Mapping[str, Any], seconds: float | None = None) -> Judged:
    """Judge a part by every law of its kind, one judgment at a time (see `Kind.check`), from now on.

    Each law may take so many seconds (None: as long as it likes). One over which the process ends, or that
    takes longer, is broken; the others are judged in a further process. Raises `RegardError` if the part
    cannot even be built.
    """

    def begin(first: int) -> Iterator[Judgment | None]:
        return apart(_judge, kind, name, options, first, seconds=seconds)

    return ((name, judgment) for judgment in _all_judgments(kind, short(name), begin, begin(0)))


def check_all_apart(kind: Kind, options: Mapping[str, Any], seconds: float | None = None) -> Judged:
    """Judge every part of the catalog (see `Kind.check_all`), each as `check_apart` does.

    While the judgments of one are told, the next are judged already, on every processor.
    """
    kind.laws.load()
    names = [name for name in kind.catalog.names() if kind.lacking(name, options) is None]
    begun: dict[str, Judged] = {}

    def check(name: str) -> Judged:
        here = names.index(name)
        for each in names[here : here + AT_ONCE]:
            if each not in begun:
                begun[each] = check_apart(kind, each, options, seconds)
        return begun[name]

    return kind.check_all(options, check)


def _all_judgments(
    kind: Kind,
    name: str,
    begin: Callable[[int], Iterator[Judgment | None]],
    judgments: Iterator[Judgment | None],
) -> Iterator[Judgment]:
    """The judgments, begun again behind a law over which their process is lost."""
    laws, done, built = kind.laws.names(), 0, False
    while True:
        try:
            for judgment in judgments:
                if judgment is None:
                    built = True
                else:
                    done += 1
                    yield judgment
        except (Lost, Overdue) as error:
            if not built:
                raise RegardError(f"{name} cannot be built. {error}") from error
            yield Judgment(laws[done], "broken", None, kind.laws.find(laws[done]).limit, str(error))
            done += 1
        if done == len(laws):
            return
        judgments = begin(done)


def _judge(kind: Kind, name: str, options: Mapping[str, Any], first: int) -> Iterator[Judgment | None]:
    """The judgments from the first-th law on; before them None, once the part has been built."""
    judgments = kind.check(name, options, first)
    yield None
    yield from judgments
