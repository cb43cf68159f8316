"""What happens in a worker's process, which serves one piece of work and is never used again."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, final

from regard.core.errors import RegardError
from regard.core.freed_memory import keep_freed_memory
from regard.experiment.failure import line_of
from regard.experiment.held_back import let_signals_in

Target = Callable[..., object]
"""What a worker does. Its last argument is the pipe to the parent."""


@final
@dataclass(frozen=True)
class Ready:
    """The process has started."""


@final
@dataclass(frozen=True)
class Over:
    """The process has done its work."""

    result: Any = None
    error: RegardError | None = None
    """What the work raised, if it did."""


@final
@dataclass(frozen=True)
class Broken:
    """The process ends before its work is done."""

    reason: str


def serve(
    target: Target,
    arguments: tuple[object, ...],
    threads: int | None,
    environment: dict[str, str],
    parent: Connection,
) -> None:
    """Do one piece of work in the parent's present environment, and say what came of it.

    The server of which this process is a copy has that of its own start.
    """
    os.environ.clear()
    os.environ.update(environment)
    begin(threads)
    parent.send(Ready())
    try:
        over: Over | Broken = Over(target(*arguments, parent))
    except (Exception, SystemExit) as error:  # noqa: BLE001 - told to the parent, which raises it
        over = Over(error=portable(error))
    except BaseException as error:  # noqa: BLE001 - such as an interruption that nobody asked for
        over = Broken(line_of(error))
    with suppress(OSError):  # the parent listens no more
        parent.send(over)


def begin(threads: int | None) -> None:
    """Prepare a fresh process: torch with so many threads (None: as many as it takes), and an end when the
    parent ends.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides what Ctrl-C means
    let_signals_in()
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _offer_to_the_kernel()
    _leave_no_locks()
    keep_freed_memory()
    # here, so that its import is not charged to the time limit
    import torch  # noqa: PLC0415

    if threads is not None:
        torch.set_num_threads(threads)


def _end_with_parent() -> None:
    """A parent that is killed cannot end its workers, and the next command would wait for them."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _offer_to_the_kernel() -> None:
    """Where memory runs out, Linux is to end this process and not the command that reports it."""
    with suppress(OSError):  # there is no such file elsewhere
        Path("/proc/self/oom_score_adj").write_text("500")


def _leave_no_locks() -> None:
    """Let a lock between processes, such as tqdm makes where torch.compile runs, end with this process.

    However that ends: where processes are forked a lock has no name that would have to be given back.
    """
    if "fork" in multiprocessing.get_all_start_methods():
        multiprocessing.set_start_method("fork", force=True)


def portable(error: BaseException) -> RegardError:
    """An error that every process can read: one of a user's own class is known to this one alone."""
    ours = isinstance(error, RegardError) and type(error).__module__.startswith("regard.")
    return error if ours else RegardError(line_of(error))  # type: ignore[return-value]
