"""The command line: one file per command. Parse, call, print; no logic."""

import sys
from collections.abc import Callable
from typing import Annotated

import typer

from regard import __version__
from regard.cli.ask import ask
from regard.cli.check import check
from regard.cli.compare import compare
from regard.cli.console import Unread, tell, tell_what_is_logged
from regard.cli.interruption import Interrupted, going_on, raise_on_signals
from regard.cli.letters import show_all_letters
from regard.cli.mechanisms import mechanisms
from regard.cli.output import with_results_apart
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
QUICK: tuple[Callable[..., None], ...] = (mechanisms, task, settings, check, ask, report)
LONG: tuple[Callable[..., None], ...] = (train, compare)
# help is given here, because Python may run without docstrings
for command in QUICK:
    app.command(help=description(command))(with_results_apart(command))
for command in LONG:
    app.command(help=description(command))(with_results_apart(going_on(command)))


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
    sys.exit(_status())


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
