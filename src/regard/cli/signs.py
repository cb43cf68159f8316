"""Signs of life of what takes long: bars at a terminal; elsewhere, as in a log, a line now and then."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Literal, final

from rich.console import RenderableType
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Column
from rich.text import Text

from regard.cli.console import messages, shown, tell
from regard.core.numbers import duration

FIRST_SECONDS, LONGEST_SECONDS = 5.0, 60.0
"""When the first line comes; every further pause is twice as long, up to the longest."""

WIDE = 70
"""Letters of a line from which on there is room for bars and notes."""

MEMORY_SECONDS = 120.0
"""The time left is estimated from the speed of the last minutes."""


@contextmanager
def progress() -> Iterator[Progress]:
    """What is done of each task that is added, the time passed and the time left."""
    bars = _Bars(
        *_columns(),
        console=messages,
        disable=not _moving(),
        speed_estimate_period=MEMORY_SECONDS,
    )
    with bars, nullcontext() if _moving() else _lines(bars):
        yield bars


@final
class _Bars(Progress):
    """Bars, and below them a line with the details of the last task that has any."""

    def get_renderables(self) -> Iterator[RenderableType]:
        yield self.make_tasks_table(self.tasks)
        known = [task.fields["detail"] for task in self.tasks if task.fields.get("detail")]
        if known:
            yield Text(shown(known[-1]), overflow="ellipsis", no_wrap=True)


def _columns() -> list[ProgressColumn]:
    """As many as there is room for: a narrow terminal shows what is done and the time left."""
    done: list[ProgressColumn] = [MofNCompleteColumn()]
    left: list[ProgressColumn] = [TextColumn("left"), TimeRemainingColumn()]
    if messages.width < WIDE:
        return [_Words("description"), *done, *left]
    return [_Words("description"), BarColumn(None), *done, TimeElapsedColumn(), *left, _Words("note")]


@final
class _Words(ProgressColumn):
    """What a task is called, or the note on it: cut at the right where numbers need the room."""

    def __init__(self, name: Literal["description", "note"]) -> None:
        super().__init__(Column(overflow="ellipsis"))
        self.name = name

    def render(self, task: Task) -> Text:
        said = task.description if self.name == "description" else task.fields.get("note", "")
        return Text(shown(said), overflow="ellipsis", no_wrap=True)


@contextmanager
def working(what: str) -> Iterator[None]:
    """Something of which nobody knows how long it takes."""
    if _moving():
        with messages.status(what):
            yield
    else:
        with progress() as bars:
            bars.add_task(what, total=None, note="")
            yield


def _moving() -> bool:
    """Whether what has been shown can be replaced."""
    return messages.is_terminal and not messages.is_dumb_terminal


@contextmanager
def _lines(bars: Progress) -> Iterator[None]:
    """Lines about the first task that has not ended, from a thread of their own: whatever takes long, they
    come."""
    writer = _Writer(bars)
    thread = threading.Thread(target=writer.write_until_over, daemon=True)
    thread.start()
    try:
        yield
    finally:
        writer.over.set()
        thread.join()


@final
class _Writer:
    def __init__(self, bars: Progress) -> None:
        self.bars = bars
        self.begin = time.monotonic()
        self.over = threading.Event()

    def write_until_over(self) -> None:
        pause = FIRST_SECONDS
        while not self.over.wait(pause):
            tell(self.line())
            pause = min(2 * pause, LONGEST_SECONDS)

    def line(self) -> str:
        passed = f"{duration(round(time.monotonic() - self.begin))} so far"
        task = next((task for task in self.bars.tasks if not task.finished), None)
        if task is None:
            return f"Still at work, {passed}."
        if task.total is None:
            return f"{task.description}: {passed}."
        return _line(task, passed)


def _line(task: Task, passed: str) -> str:
    left = task.time_remaining
    parts = [f"{task.completed:.4g} of {task.total:g}", passed]
    parts += [] if left is None else [f"about {duration(round(left))} left"]
    notes = [task.fields[name] for name in ("detail", "note") if task.fields.get(name)]
    return f"{task.description}: {', '.join(parts)}" + (f" ({', '.join(notes)})" if notes else "")
