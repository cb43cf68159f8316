"""Signals that wait: what must not be broken off in the middle, such as the start of a process."""

import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def signals_held_back() -> Iterator[None]:
    """Let Ctrl-C and SIGTERM wait for the end of the block, and keep them from processes that start in it,
    until these `let_signals_in`.

    Python handles signals in its main thread alone: in others there is nothing to hold back. Windows has
    no signals that processes inherit, and no server of processes that could break.
    """
    if sys.platform == "win32":
        yield
        return
    came: list[int] = []
    handlers = _handlers() if threading.current_thread() is threading.main_thread() else {}
    # Blocked here they still reach other threads, for which Python calls the handlers in this one.
    for number in handlers:
        signal.signal(number, lambda number, _: came.append(number))
    before = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        for number, handler in handlers.items():
            signal.signal(number, handler)
        for each in came:
            signal.raise_signal(each)


def _handlers() -> dict[signal.Signals, Callable[[int, FrameType | None], Any]]:
    """What Python does when a signal comes, where it does anything."""
    handlers = {number: signal.getsignal(number) for number in SIGNALS}
    return {number: handler for number, handler in handlers.items() if callable(handler)}


def let_signals_in() -> None:
    """Undo, in a process that was started while signals were held back, what it has inherited."""
    if sys.platform != "win32":
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
