"""What is known of one cell while it is measured: one mechanism at one length, under one mask."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, TypeVar, final

from regard.benchmark import questions
from regard.benchmark.forecast import Forecast
from regard.benchmark.setup import Setup
from regard.core.errors import RegardError
from regard.core.numbers import duration
from regard.core.results.benchmark import Cell, Pass, Times
from regard.experiment import Lost, Overdue
from regard.experiment.processes import LostMachine
from regard.experiment.station import Station
from regard.measures.growth import ASYMPTOTIC
from regard.measures.timing import SECONDS, summarize

T = TypeVar("T")

BYTES: dict[Pass, str] = {"forward": "forward_bytes", "training": "training_bytes", "step": "state_bytes"}
"""The field of what a pass takes in memory."""

PROBES = (16, 4)
"""A first length that is long is foreseen from lengths so many times shorter."""


@final
class Draft:
    """A cell that is being measured. A figure that fails is missing, with its reason, and costs no other."""

    def __init__(self, setup: Setup, station: Station, forecast: Forecast) -> None:
        self.setup = setup
        self.station = station
        self.forecast = forecast
        self.figures: dict[str, Any] = {}
        self.missing: dict[str, str] = {}
        self.rounds: dict[Pass, list[float]] = {}
        """The seconds of each pass that can be timed, round by round."""

    def weigh(self) -> None:
        """Measure what does not change from round to round, and warm up every pass."""
        kinds = self._ask("all", questions.passes_of) or ()
        if kinds:
            self._figure("flops", questions.count_flops)
        for kind in kinds:
            self._try(kind)
        if "forward" in self.rounds:
            self._figure("nearness", questions.nearness_of)

    def time(self, threads: int) -> None:
        """Take the times of one more round. A pass that fails in one is not timed again."""
        for kind in list(self.rounds):
            seconds = self._ask(kind, questions.seconds_of_pass, kind, SECONDS, threads)
            if seconds is None:
                del self.rounds[kind]
            else:
                self.rounds[kind].append(seconds)

    def cell(self, fused: "Draft") -> Cell:
        """The cell beside that of fused softmax in the same rounds."""
        figures = dict(self.figures)
        for kind, taken in self.rounds.items():
            if taken:
                figures[kind] = times = _times(taken, fused.rounds.get(kind))
                self.forecast.learn(kind, "seconds", self.setup.length, times.median_ms / 1e3)
        setup = self.setup
        return Cell(causal=setup.causal, length=setup.length, **figures, missing=dict(self.missing))

    def _try(self, kind: Pass) -> None:
        """One call of a pass, unless it would take too much: its memory, and whether it can be timed."""
        self._probe(kind)
        length = self.setup.length
        if refusal := self.forecast.refusal(kind, length):
            self.missing[kind] = self.missing[BYTES[kind]] = refusal
            return
        peak = self._figure(BYTES[kind], questions.peak_of, kind)
        if peak is None:
            self.missing[kind] = self.missing[BYTES[kind]]
            return
        self.forecast.learn(kind, "bytes", length, peak)
        seconds, limit = self._ask(kind, questions.try_out, kind), self.forecast.limits.seconds
        if seconds is None:
            return
        self.forecast.learn(kind, "seconds", length, seconds)
        if seconds > limit:
            self.missing[kind] = f"One call took {duration(seconds)}, and the limit is {duration(limit)}."
        else:
            self.rounds[kind] = []

    def _probe(self, kind: Pass) -> None:
        """Try shorter lengths where nothing is known, and this one is long."""
        if self.forecast.knows(kind):
            return
        for length in _shorter(self.setup.length):
            setup = replace(self.setup, length=length)
            try:
                if self.forecast.refusal(kind, length) is None:
                    peak = self.station.ask(questions.peak_of, setup, kind)
                    self.forecast.learn(kind, "bytes", length, peak)
                    seconds = self.station.ask(questions.try_out, setup, kind)
                    self.forecast.learn(kind, "seconds", length, seconds)
            except RegardError:
                return  # what is wrong is said of the length that was asked for

    def _figure(self, field: str, work: Callable[..., T], *arguments: object) -> T | None:
        """The answer, kept as a figure; None where there is none."""
        answer = self._ask(field, work, *arguments)
        if answer is not None:
            self.figures[field] = answer
        return answer

    def _ask(self, field: str, work: Callable[..., T], *arguments: object) -> T | None:
        """The answer; None where there is none, with its reason kept."""
        try:
            return self.station.ask(work, self.setup, *arguments)
        except LostMachine:
            raise  # the figure's fault it is not
        except RegardError as error:
            self.missing[field] = str(error)
            if isinstance(error, Lost | Overdue):
                self._close(field, str(error))
            return None

    def _close(self, field: str, reason: str) -> None:
        """Try the pass that a figure is of at no longer length."""
        for kind, of_memory in BYTES.items():
            if field in (kind, of_memory):
                self.forecast.close(kind, self.setup.length, reason)


def _shorter(length: int) -> Iterator[int]:
    return (length // part for part in PROBES if length > ASYMPTOTIC)


def _times(taken: list[float], first: list[float] | None) -> Times:
    together = first is not None and len(first) == len(taken)
    found = summarize(taken, first if first is not None and together else taken)
    return Times(
        median_ms=1e3 * found.median,
        lower_ms=1e3 * found.lower,
        upper_ms=1e3 * found.upper,
        low_ms=1e3 * found.low,
        high_ms=1e3 * found.high,
        ratio=found.ratio if together else None,
    )
