"""Measuring: one length after another, and at each of them all mechanisms in turns."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import final

from regard.benchmark.benchmark import FUSED, Benchmark, Contender
from regard.benchmark.draft import BYTES, Draft
from regard.benchmark.forecast import Forecast, Limits
from regard.benchmark.setup import Setup
from regard.core.results.benchmark import Cell, Pass
from regard.experiment.station import Station

Shape = tuple[bool, int]
Cells = Mapping[tuple[Contender, Shape], Cell]


@final
@dataclass(frozen=True)
class Progress:
    """How far a benchmark has come, and the cells that are now known."""

    done: int
    note: str
    cells: Cells


@final
@dataclass(frozen=True)
class Conditions:
    """With what is measured."""

    device: str
    threads: int
    limits: Limits


def pieces(benchmark: Benchmark) -> int:
    """How many steps of progress there are at most."""
    return len(benchmark.shapes) * len(benchmark.contenders) * (1 + benchmark.rounds)


def conduct(
    benchmark: Benchmark, station: Station, conditions: Conditions, kept: Cells | None = None
) -> Iterator[Progress]:
    """Measure every mechanism at every length under every mask, but for what has been kept.

    At each length, every mechanism is warmed up before any is timed; then there are rounds, in each of which
    every mechanism has its turn. The cells of a length are known when its rounds are over.
    """
    kept, done, each = kept or {}, 0, len(benchmark.contenders)
    forecasts = {
        (contender, causal): Forecast(conditions.limits)
        for contender in benchmark.contenders
        for causal in benchmark.causal
    }
    for shape in benchmark.shapes:
        known = {key: cell for key, cell in kept.items() if key[1] == shape}
        if len(known) == each:
            for (contender, _), cell in known.items():
                _learn(forecasts[contender, cell.causal], cell)
            done += each * (1 + benchmark.rounds)
            yield Progress(done, "", known)
            continue
        drafts = {
            contender: Draft(
                Setup(benchmark, contender, *shape, conditions.device),
                station,
                forecasts[contender, shape[0]],
            )
            for contender in benchmark.contenders
        }
        for note in _measure(list(drafts.values()), benchmark.rounds, conditions.threads):
            done += 1
            yield Progress(done, note, {})
        cells = {(contender, shape): draft.cell(drafts[FUSED]) for contender, draft in drafts.items()}
        yield Progress(done, "", cells)


def _measure(drafts: Sequence[Draft], rounds: int, threads: int) -> Iterator[str]:
    """Weigh and warm up all, then time all in rounds. Says what has been done."""
    for draft in drafts:
        draft.weigh()
        yield _note(draft, "memory")
    for turn in range(rounds):
        for draft in drafts:
            draft.time(threads)
            yield _note(draft, f"round {turn + 1} of {rounds}")


def _note(draft: Draft, what: str) -> str:
    setup = draft.setup
    name = setup.benchmark.labels[setup.contender]
    return f"{name}, length {setup.length}{', causal' if setup.causal else ''}: {what}"


def _learn(forecast: Forecast, cell: Cell) -> None:
    """What a kept cell says of longer ones."""
    kinds: tuple[Pass, ...] = tuple(BYTES)
    for kind in kinds:
        times, peak = getattr(cell, kind), getattr(cell, BYTES[kind])
        if times is not None:
            forecast.learn(kind, "seconds", cell.length, times.median_ms / 1e3)
        if peak is not None:
            forecast.learn(kind, "bytes", cell.length, peak)
