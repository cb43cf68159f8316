"""From cheap to dear: an audit, a few hundred steps, then the full proxies, and fresh seeds for the front."""

import time
from collections import deque
from collections.abc import Generator
from dataclasses import dataclass
from statistics import fmean
from typing import Generic, final

from regard.core.errors import RegardError
from regard.experiment import apart
from regard.search.candidate import Candidate, Judged
from regard.search.costs import audit
from regard.search.evaluator import Evaluator
from regard.search.ledger import Audit, Ledger
from regard.search.objectives import AIMS
from regard.search.promotion import decide
from regard.search.proxies import EARLY, FULL, Proxies
from regard.search.settings import SearchSettings
from regard.search.space import G, MechanismSpace

AUDIT_SECONDS = 60.0
"""How long the audit of a candidate may take, unless a training may take less."""


@final
@dataclass(frozen=True)
class _Step(Generic[G]):
    """What a candidate is being trained for."""

    candidate: Candidate[G]
    rung: int
    repeats: int

    @property
    def subject(self) -> str:
        return f"candidate {self.candidate.number}"


@final
class Ladder(Evaluator[G], Generic[G]):
    """Leads candidates from rung to rung. What the ledger knows is not done again."""

    def __init__(
        self, space: MechanismSpace[G], settings: SearchSettings, ledger: Ledger, proxies: Proxies
    ) -> None:
        self.space = space
        self.settings = settings
        self.ledger = ledger
        self.proxies = proxies
        self._audits = ledger.audits()
        self._decisions = ledger.decisions()
        self._steps: list[_Step[G]] = []
        self._waiting: dict[int, tuple[Candidate[G], float]] = {}
        """Candidates that have ended the first rung, with their score there, until it is decided on them."""
        early = (proxies.quality(f"candidate {number}", EARLY, 0)[0] for number in self._decisions)
        self._decided = [score for score in early if score is not None]
        self._judged: deque[Judged] = deque()

    def submit(self, candidate: Candidate[G], repeats: int) -> None:
        if repeats:
            self._train(_Step(candidate, FULL, repeats))
            return
        known = self._audit(candidate)
        if known.costs is None:
            self._judged.append(Judged(candidate.number, None, reason=known.reason))
        else:
            self._train(_Step(candidate, EARLY, 0))

    def report(self) -> Generator[Judged]:
        while True:
            self._settle()
            while self._judged:
                yield self._judged.popleft()
            if self.settings.order == "asynchronous" or not self._steps:
                self._decide()
            if not (self._steps or self._judged):
                return
            if not self._judged and not any(map(self._has_ended, self._steps)):
                self.proxies.trainings.wait()

    def _train(self, step: _Step[G]) -> None:
        self._steps.append(step)
        entry = self.space.entry(step.candidate.genome)
        self.proxies.ask(step.subject, entry, step.rung, step.repeats)

    def _has_ended(self, step: _Step[G]) -> bool:
        return self.proxies.ended(step.subject, step.rung, step.repeats)

    def _settle(self) -> None:
        """Take note of the steps that have ended."""
        for step in [each for each in self._steps if self._has_ended(each)]:
            self._steps.remove(step)
            quality, reason = self.proxies.quality(step.subject, step.rung, step.repeats)
            if quality is None:
                self._judged.append(Judged(step.candidate.number, None, repeats=step.repeats, reason=reason))
            elif step.rung == EARLY:
                self._waiting[step.candidate.number] = step.candidate, quality
            else:
                self._judged.append(self._weigh(step))

    def _decide(self) -> None:
        """Promote or drop all that wait, in the order of their numbers."""
        waiting = dict(sorted(self._waiting.items()))
        self._waiting.clear()
        together = [score for _, score in waiting.values()]
        self._decided += together
        others = self._decided if self.settings.order == "asynchronous" else together
        new = [
            decide(number, score, others, self.settings.seed)
            for number, (_, score) in waiting.items()
            if number not in self._decisions
        ]
        self.ledger.decide(new)
        self._decisions |= {each.number: each for each in new}
        for number, (candidate, _) in waiting.items():
            if self._decisions[number].promoted:
                self._train(_Step(candidate, FULL, 0))
            else:
                reason = "It was dropped after the first rung."
                self._judged.append(Judged(number, None, reason=reason))

    def _weigh(self, step: _Step[G]) -> Judged:
        """The losses of a candidate. Fresh seeds replace the one that found it, which flatters it."""
        repeats = range(1, step.repeats + 1) if step.repeats else range(1)
        found = [self.proxies.quality(step.subject, FULL, repeat) for repeat in repeats]
        missing = [reason for value, reason in found if value is None]
        if missing:
            return Judged(step.candidate.number, None, repeats=step.repeats, reason=missing[0])
        costs = self._audits[step.candidate.number].costs or {}
        values = {**costs, "quality": fmean(value for value, _ in found if value is not None)}
        losses = tuple(AIMS[name].sign * values[name] for name in self.settings.objectives)
        excess = sum(max(0.0, values[name] / bound - 1) for name, bound in self.settings.limits)
        return Judged(step.candidate.number, losses, excess, step.repeats)

    def _try_claims(self, candidate: Candidate[G]) -> None:
        """Raise `RegardError` where a run contradicts what was proved of a candidate."""
        found = self.space.contradictions(candidate.genome)
        if found:
            raise RegardError(f"What is claimed of it does not hold in a run: {'; '.join(found)}.")

    def _audit(self, candidate: Candidate[G]) -> Audit:
        """What is known of a candidate before it is trained; found out now, if it is not known yet."""
        if candidate.number not in self._audits:
            begun = time.monotonic()
            execution = self.proxies.trainings.pool.execution
            seconds = min(AUDIT_SECONDS, execution.timeout_seconds or AUDIT_SECONDS)
            costs, reason = None, ""
            try:
                self._try_claims(candidate)
                run = self.proxies.run(self.space.entry(candidate.genome), 0, EARLY, 0)
                costs = next(apart(audit, run, execution.memory_gib, seconds=seconds))
            except RegardError as error:
                reason = " ".join(str(error).split())
            found = Audit(candidate.number, costs, reason, time.monotonic() - begun)
            self._audits[candidate.number] = found
            self.ledger.audit(found)
        return self._audits[candidate.number]
