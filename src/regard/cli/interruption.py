"""Ctrl-C and SIGTERM: a command ends in one line, and says whether it can be gone on with."""

import functools
import signal
from collections.abc import Callable
from types import FrameType
from typing import ParamSpec, TypeVar, final

P = ParamSpec("P")
R = TypeVar("R")

SIGNALS = (signal.SIGINT, signal.SIGTERM)


@final
class Interrupted(BaseException):
    """A signal asks the command to end. Like `KeyboardInterrupt` it is no `Exception`."""

    def __init__(self, number: int, remedy: str = "") -> None:
        super().__init__(f"Interrupted. {remedy}".strip())
        self.number = number

    @property
    def status(self) -> int:
        """The exit status, as shells count it."""
        return 128 + self.number


def raise_on_signals() -> None:
    """Raise `Interrupted` where a signal comes in, once: a second one ends the process at once.

    Signals that the caller has turned off, as `nohup` does, stay off.
    """
    for number in SIGNALS:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _interrupt)


def _interrupt(number: int, _: FrameType | None) -> None:
    for each in SIGNALS:
        signal.signal(each, signal.SIG_DFL)
    raise Interrupted(number)


def going_on(command: Callable[P, R]) -> Callable[P, R]:
    """A command that goes on where it was when it is given again; one that is interrupted says so."""

    @functools.wraps(command)
    def perform(*arguments: P.args, **options: P.kwargs) -> R:
        try:
            return command(*arguments, **options)
        except Interrupted as interrupted:
            remedy = "The same command again goes on where it was; nothing that has ended is done again."
            raise Interrupted(interrupted.number, remedy) from None

    return perform
