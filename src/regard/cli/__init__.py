"""The command line: one file per command. Parse, call, print; no logic."""

import atexit
import os
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Annotated

import typer

from regard import __version__
from regard.cli import search
from regard.cli.ask import ask
from regard.cli.bench import bench
from regard.cli.check import check
from regard.cli.compare import compare
from regard.cli.compare_optimizers import compare_optimizers
from regard.cli.console import Unread, results, tell, tell_what_is_logged
from regard.cli.interruption import Interrupted, going_on, raise_on_signals
from regard.cli.lens import lens
from regard.cli.letters import show_all_letters
from regard.cli.mechanisms import mechanisms
from regard.cli.output import with_results_apart
from regard.cli.own_files import with_own_files_tried
from regard.cli.presets import presets
from regard.cli.report import report
from regard.cli.settings import settings
from regard.cli.status import Status
from regard.cli.task import task
from regard.cli.train import train
from regard.core.documentation import description
from regard.core.errors import RegardError, RunFailed, explain_os_error

app = typer.Typer(
    help="Which attention mechanism to use, and whether the difference is real.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)
QUICK: tuple[Callable[..., None], ...] = (mechanisms, task, settings, presets, check, ask, lens, report)
LONG: tuple[Callable[..., None], ...] = (train, compare, compare_optimizers, bench)
# help is given here, because Python may run without docstrings
for command in QUICK:
    app.command(help=description(command))(with_results_apart(with_own_files_tried(command)))
for command in LONG:
    app.command(help=description(command))(with_results_apart(going_on(with_own_files_tried(command))))
search.app.command(help=description(search.run))(with_results_apart(going_on(search.run)))
search.app.command(help=description(search.status))(with_results_apart(search.status))
search.app.command(help=description(search.export))(with_results_apart(search.export))
search.app.command(help=description(search.report))(with_results_apart(search.report))
search.app.command(help=description(search.ablate))(with_results_apart(going_on(search.ablate)))
search.app.command(help=description(search.benchmark))(with_results_apart(going_on(search.benchmark)))
app.add_typer(search.app, name="search")


def _tell_version(wanted: bool) -> None:
    if wanted:
        print(f"regard {__version__}")
        raise typer.Exit


@app.callback()
def _before(
    version: Annotated[
        bool, typer.Option("--version", callback=_tell_version, is_eager=True, help="Tell the version.")
    ] = False,
) -> None:
    """Nothing: what is common to all commands is the option."""


def main() -> None:
    """Run a command, and end with a status of `Status`; what went wrong is one line."""
    show_all_letters()
    tell_what_is_logged()
    raise_on_signals()
    _leave(_status())


def _leave(status: int | str | None) -> None:
    """End with a status, whatever threads a user's own file has left behind: Python would wait for them."""
    if all(thread.daemon or thread is threading.main_thread() for thread in threading.enumerate()):
        sys.exit(status)
    atexit._run_exitfuncs()
    for stream in (results.file, sys.stdout, sys.stderr):
        with suppress(OSError, ValueError, AttributeError):  # closed, or none at all
            stream.flush()
    os._exit(status if isinstance(status, int) else Status.DONE if status is None else Status.FAILED)


def _status() -> int | str | None:
    """Run a command. Returns how it ended."""
    try:
        app()
    except SystemExit as ended:
        return ended.code
    except Unread:
        return Status.UNREAD
    except Interrupted as interrupted:
        tell(str(interrupted))
        return interrupted.status
    except RegardError as error:
        tell(f"error: {' '.join(str(error).split())}")
        return Status.FAILED if isinstance(error, RunFailed) else Status.WRONG_USE
    except OSError as error:
        tell(f"error: {explain_os_error(error)}")
        return Status.WRONG_USE
    return Status.DONE
