"""Runs of a command that failed: they cost no other, and are what it ends with."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from regard.core.errors import RunFailed

if TYPE_CHECKING:
    from regard.experiment import Ended

TOLD = 5
"""Runs whose reasons are told before others are only named; their logs tell everything."""


def raise_failures(reports: "Iterable[Ended]") -> None:
    """Raise `RunFailed` if any run failed, with every run that did, the reason and the log.

    Called last, so that it hides nothing that is known of the others.
    """
    from regard.experiment.reader import title_of

    failed = [report for report in reports if report.outcome == "failed"]
    if len(failed) == 1:
        raise RunFailed(failed[0].detail)
    if failed:
        told = [f"{title_of(report.run)}: {report.detail}" for report in failed[:TOLD]]
        named = [f"{title_of(report.run)} ({report.run.digest})" for report in failed[TOLD:]]
        others = f"; and also {', '.join(named)}" if named else ""
        raise RunFailed(
            f"{len(failed)} runs failed, and the same command tries them again. {'; '.join(told)}{others}"
        )
