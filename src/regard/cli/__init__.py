"""The command line: one file per command. Parse, call, print; no logic."""

import sys
from typing import Annotated

import typer

from regard import __version__
from regard.cli.ask import ask
from regard.cli.check import check
from regard.cli.compare import compare
from regard.cli.mechanisms import mechanisms
from regard.cli.report import report
from regard.cli.settings import settings
from regard.cli.task import task
from regard.cli.train import train
from regard.core.documentation import description
from regard.core.errors import RegardError, explain_os_error

app = typer.Typer(
    help="Which attention mechanism to use, and whether the difference is real.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)
for command in (mechanisms, task, settings, check, train, ask, compare, report):
    # said here, because Python may run without docstrings
    app.command(help=description(command))(command)


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
    """Run a command. What a user can put right becomes one line and exit status 2."""
    try:
        app()
    except RegardError as error:
        _fail(str(error))
    except OSError as error:
        _fail(explain_os_error(error))


def _fail(message: str) -> None:
    print(f"error: {' '.join(message.split())}", file=sys.stderr)
    sys.exit(2)
