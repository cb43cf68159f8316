"""Trainings of a search: each once, by a pool, its score kept in the ledger."""

import time
from collections.abc import Generator
from typing import final

from regard.core.run import Run
from regard.experiment import Ended, Job, Measured, Pool
from regard.experiment.job import Report
from regard.search.ledger import Ledger, Score

Key = tuple[str, int, str, int]
"""Subject, rung, proxy and seed."""


@final
class Trainings:
    """Asked for scores; those that the ledger knows are there at once."""

    def __init__(self, pool: Pool, ledger: Ledger) -> None:
        self.pool = pool
        self.ledger = ledger
        self._known: dict[Key, Score] = {
            (each.subject, each.rung, each.proxy, each.seed): each for each in ledger.scores()
        }
        self._under_way: dict[str, Key] = {}
        self._begun: dict[str, float] = {}
        """When a training gave its first sign: what it waited for a worker is no part of its time."""
        self._reports: Generator[Report] | None = None

    def known(self, key: Key) -> Score | None:
        """The score of a training that has ended."""
        return self._known.get(key)

    def ask(self, key: Key, run: Run) -> None:
        """Train, unless the score is known or asked for already."""
        if key not in self._known and run.digest not in self._under_way:
            self._under_way[run.digest] = key
            self.pool.submit(Job((run,)))

    def wait(self) -> bool:
        """Wait until one more training has ended. False if none is under way."""
        while self._under_way:
            if self._reports is None:
                self._reports = self.pool.report()
            report = next(self._reports, None)
            if report is None:
                self._reports = None
            elif isinstance(report, Measured):
                self._begun.setdefault(report.run.digest, time.monotonic())
            elif isinstance(report, Ended):
                self._end(report)
                return True
        return False

    def _end(self, ended: Ended) -> None:
        key, now = self._under_way.pop(ended.run.digest), time.monotonic()
        seconds = now - self._begun.pop(ended.run.digest, now)
        good = ended.outcome == "finished" and ended.score is not None
        reason = "" if good else " ".join((ended.detail or f"It {ended.outcome}.").split())
        score = Score(*key, ended.score if good else None, reason, seconds)
        self._known[key] = score
        self.ledger.score(score)
