"""Runs of a command that failed: they cost no other, and are what it ends with."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from regard.core.errors import RunFailed

if TYPE_CHECKING:
    from regard.experiment import Ended


def raise_failures(reports: "Iterable[Ended]") -> None:
    """Raise `RunFailed`, naming every run that failed and the reason of the first, if any did.

    Called last, so that it hides nothing that is known of the others.
    """
    from regard.experiment.reader import title_of

    failed = [report for report in reports if report.outcome == "failed"]
    if len(failed) == 1:
        raise RunFailed(failed[0].detail)
    if failed:
        names = ", ".join(f"{title_of(report.run)} ({report.run.digest})" for report in failed)
        raise RunFailed(
            f"{len(failed)} runs failed, and the same command tries them again: {names}. "
            f"The first of them: {failed[0].detail}"
        )
