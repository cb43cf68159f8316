"""What `regard bench` and `regard.bench` do: a benchmark, from its settings to its result."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self, final

from regard.benchmark import Cells, Conditions, Contender, Facts, Limits, Progress, conduct, tabulate
from regard.benchmark.questions import machine_of, nature_of
from regard.benchmark.setup import Setup
from regard.commands.arguments import mechanisms_said
from regard.configuration.benchmark import BenchmarkChoice, configure_benchmark
from regard.configuration.overrides import given
from regard.core.errors import InvalidOption, RegardError
from regard.core.execution import Execution
from regard.core.results import BenchmarkResult, LeftOut
from regard.core.results.benchmark_flat import records
from regard.core.results.keeping import keep_in
from regard.core.spec import Spec
from regard.experiment.processes import LostMachine
from regard.experiment.station_for import station_for
from regard.experiment.versions import versions
from regard.store import Store

SHARE = 0.8
"""How much of the free memory one pass may take, unless something else is said."""

GIB = 2**30


@final
@dataclass(frozen=True, kw_only=True)
class Measuring:
    """On what is measured, and what one pass may take. Raises `InvalidOption`."""

    device: str = "auto"
    threads: int = 1
    seconds: float = 10.0
    """What a call would take longer than is left out."""
    gibibytes: float | None = None
    """The memory that a call would need more than is left out; None for most of what is free."""
    timeout: float | None = None
    """Seconds after which a measurement is killed; None lets it take as long as it likes."""
    pool: str = "local"
    """Whether this machine is measured, or one of a `ray` cluster."""

    def __post_init__(self) -> None:
        assert self.execution  # it refuses what no measurement can have
        for name, value in (("threads", self.threads), ("seconds", self.seconds), ("memory", self.gibibytes)):
            if value is not None and not 0 < value < 1e9:
                raise InvalidOption(f"{name} must be above 0, not {value}.")

    @property
    def execution(self) -> Execution:
        """The same in what all commands share. Raises `InvalidOption`."""
        return Execution(device=self.device, timeout_seconds=self.timeout, pool=self.pool)

    @property
    def described(self) -> dict[str, Any]:
        """What decides about results, as plain values."""
        return {"threads": self.threads, "seconds_limit": self.seconds, "memory_limit_gib": self.gibibytes}


def bench(
    *,
    mechanism: str | Spec | list[str | Spec] = "all",
    seed: int = 0,
    out: Path | str = "out",
    device: str = "auto",
    threads: int = 1,
    seconds: float = 10.0,
    memory: float | None = None,
    timeout: float | None = None,
    pool: str = "local",
    remeasure: bool = False,
    **settings: Any,
) -> BenchmarkResult:
    """Measure what mechanisms cost by length, and how near they are to softmax: `regard bench`.

        result = regard.bench(mechanism=["softmax", "linear"], lengths=[256, 1024], causal=True)
        print(result)
        result.to_pandas()

    Settings are those of the command line; a list holds several values. With `pool="ray"` one machine of a
    Ray cluster is measured. The same call again goes on where it stopped. Raises a `RegardError` for what the
    command line refuses.
    """
    keys, specs = mechanisms_said(mechanism, settings)
    choice = configure_benchmark(given(keys, list(keys)), seed, specs)
    how = Measuring(
        device=device, threads=threads, seconds=seconds, gibibytes=memory, timeout=timeout, pool=pool
    )
    with Store(out) as store, BenchmarkSession(choice, store, how, remeasure=remeasure) as session:
        session.prepare()
        for _ in session.steps():
            pass
        return session.result


@final
class BenchmarkSession:
    """A benchmark under way: its process, what has been measured, and the result so far.

    `result` is what is known at any time; it lies in the project folder as well.
    """

    def __init__(
        self, choice: BenchmarkChoice, store: Store, how: Measuring, *, remeasure: bool = False
    ) -> None:
        self.choice = choice
        self.benchmark = choice.benchmark
        self.store = store
        self.how = how
        self.remeasure = remeasure
        self.station = station_for(how.execution, how.threads)
        self.cells: Cells = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.station.close()

    @property
    def result(self) -> BenchmarkResult:
        """As far as everything has been measured."""
        return tabulate(self.benchmark, self.cells, self.facts)

    @property
    def path(self) -> Path:
        """Of the result's file."""
        return BenchmarkResult.path_in(self.store.folder, self.facts.digest)

    def steps(self) -> Iterator[Progress]:
        """Measure what is not known yet, and keep it as it comes."""
        for progress in conduct(self.benchmark, self.station, self.conditions, self.cells):
            if new := {key: cell for key, cell in progress.cells.items() if key not in self.cells}:
                self.cells = {**self.cells, **new}
                self._keep()
            yield progress
        self._keep()

    def _keep(self) -> None:
        result = self.result
        if any(row.cells for row in result.rows):
            keep_in(self.store.folder, result, records(result))

    def prepare(self) -> None:
        """Find out what the machine and the mechanisms are, and what has been measured before."""
        machine = self.station.ask(machine_of, self.how.device)
        free = machine.pop("free")
        limit = SHARE * free if self.how.gibibytes is None else self.how.gibibytes * GIB
        limits = Limits(seconds=self.how.seconds, bytes=limit)
        self.conditions = Conditions(machine["device"], self.how.threads, limits)
        method = machine.pop("memory_method")
        natures, left_out = self._natures()
        self.benchmark = replace(self.benchmark, contenders=tuple(natures))
        known = {**versions(Execution(device=self.how.device)), **machine, **self.how.described}
        self.facts = Facts(self.benchmark.digest_on(known), known, natures, method, left_out)
        if self.path.is_file() and not self.remeasure:
            self.cells = self._recalled()

    def _natures(self) -> tuple[Mapping[Contender, Mapping[str, Any]], list[LeftOut]]:
        """What the contenders are, and those of the catalog that cannot be built. Raises what one that was
        named raises."""
        found, left_out = {}, []
        for contender in self.benchmark.contenders:
            try:
                found[contender] = self._nature(contender)
            except RegardError as error:
                if isinstance(error, LostMachine) or not self.choice.whole_catalog:
                    raise
                left_out.append(LeftOut(self.benchmark.labels[contender], str(error)))
        return found, left_out

    def _nature(self, contender: Contender) -> Mapping[str, Any]:
        """Built for the first length for which it can be."""
        refused: RegardError | None = None
        for length in self.benchmark.lengths:
            setup = Setup(self.benchmark, contender, False, length, self.conditions.device)
            try:
                return self.station.ask(nature_of, setup)
            except RegardError as error:
                refused = refused or error
        assert refused is not None
        raise refused

    def _recalled(self) -> Cells:
        """The cells of the kept result. Raises `Corrupt`."""
        kept, called = BenchmarkResult.read(self.path), self.benchmark.labels
        return {
            (contender, cell.shape): cell
            for contender, label in called.items()
            if (row := kept.row(label))
            for cell in row.cells
        }
