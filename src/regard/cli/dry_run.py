"""`--dry-run` of `regard train` and `regard compare`."""

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from regard.commands.dry_run import DryRun


def tell_dry_run(plan: "Callable[[], DryRun]", *, as_json: bool) -> None:
    """Print what would be done."""
    from regard.cli.console import print_json, say
    from regard.cli.signs import working

    with working("Timing a few steps"):
        planned = plan()
    if as_json:
        print_json(planned.to_json())
    else:
        say(str(planned))
