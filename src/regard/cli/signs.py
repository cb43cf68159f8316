"""Signs of life of what takes long: bars at a terminal; elsewhere, as in a log, a line now and then."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import final

from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    Task,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from regard.cli.console import messages, tell

FIRST_SECONDS, LONGEST_SECONDS = 5.0, 60.0
"""When the first line comes; every further pause is twice as long, up to the longest."""

MEMORY_SECONDS = 120.0
"""The time left is estimated from the speed of the last minutes."""


@contextmanager
def progress() -> Iterator[Progress]:
    """What is done of each task that is added, the time passed and the time left."""
    bars = Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=None),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        TextColumn("{task.fields[note]}", markup=False),
        console=messages,
        disable=not _moving(),
        speed_estimate_period=MEMORY_SECONDS,
    )
    with bars, nullcontext() if _moving() else _lines(bars):
        yield bars


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
        passed = f"{duration(time.monotonic() - self.begin)} so far"
        task = next((task for task in self.bars.tasks if not task.finished), None)
        if task is None:
            return f"Still at work, {passed}."
        if task.total is None:
            return f"{task.description}: {passed}."
        return _line(task, passed)


def _line(task: Task, passed: str) -> str:
    left = task.time_remaining
    parts = [f"{task.completed:.4g} of {task.total:g}", passed]
    parts += [] if left is None else [f"about {duration(left)} left"]
    note = task.fields.get("note", "")
    return f"{task.description}: {', '.join(parts)}" + (f" ({note})" if note else "")


def duration(seconds: float) -> str:
    """A time as people say it: `40 s`, `3 min`, `2 h 5 min`."""
    minutes = round(seconds / 60)
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{minutes} min" if minutes < 100 else f"{minutes // 60} h {minutes % 60} min"
