"""Runs of a command that failed: they cost no other, and are what it ends with."""

from collections.abc import Iterable

from regard.core.errors import RunFailed
from regard.experiment import Ended, Report
from regard.experiment.reader import title_of

TOLD = 5
"""Runs whose reasons are told before others are only named; their logs tell everything."""


def raise_failures(reports: Iterable[Report]) -> None:
    """Raise `RunFailed` if any run failed, with every run that did, the reason and the log.

    Called last, so that it hides nothing that is known of the others.
    """
    failed = [each for each in reports if isinstance(each, Ended) and each.outcome == "failed"]
    if len(failed) == 1:
        raise RunFailed(failed[0].detail)
    if failed:
        told = [f"{title_of(report.run)}: {report.detail}" for report in failed[:TOLD]]
        named = [f"{title_of(report.run)} ({report.run.digest})" for report in failed[TOLD:]]
        others = f"; and also {', '.join(named)}" if named else ""
        raise RunFailed(
            f"{len(failed)} runs failed, and the same command tries them again. {'; '.join(told)}{others}"
        )
