"""The command line: one file per command. Parse, call, print; no logic."""

import sys

import typer

from regard.cli.ask import ask
from regard.cli.check import check
from regard.cli.compare import compare
from regard.cli.mechanisms import mechanisms
from regard.cli.report import report
from regard.cli.task import task
from regard.cli.train import train
from regard.core.errors import RegardError, explain_os_error

app = typer.Typer(
    help="Which attention mechanism to use, and whether the difference is real.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)
for command in (mechanisms, task, check, train, ask, compare, report):
    app.command()(command)


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
