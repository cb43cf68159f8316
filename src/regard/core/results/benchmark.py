"""The result of a benchmark: what mechanisms cost by length, and how near they are to softmax."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Literal, final

from regard.core.frames import frame
from regard.core.results.comparison import LeftOut
from regard.core.results.result import Result
from regard.core.spec import Spec

if TYPE_CHECKING:
    import pandas as pd

Pass = Literal["forward", "training", "step"]
"""What is timed: a forward pass, one with its backward pass, and one more position beside a state."""

Quantity = Literal["forward", "training", "step", "forward_bytes", "training_bytes", "state_bytes", "flops"]
"""What has an exponent: it grows as the length to a power."""


@final
@dataclass(frozen=True, kw_only=True)
class Times:
    """Of one pass over the whole batch, in milliseconds, over the rounds.

    In each round every mechanism has its turn. Two times whose ranges overlap count as equal.
    """

    median_ms: float
    lower_ms: float
    """A quarter of the rounds were faster."""
    upper_ms: float
    """A quarter of the rounds were slower."""
    low_ms: float
    """Of the fastest round."""
    high_ms: float
    """Of the slowest round."""
    ratio: float | None = None
    """Over the time of fused softmax in the same round, the median over the rounds."""

    def beats(self, other: "Times") -> bool:
        """Whether it is faster by more than the noise."""
        return self.high_ms < other.low_ms


@final
@dataclass(frozen=True, kw_only=True)
class Nearness:
    """How far the output is from that of exact softmax, relative to it, at one scale of the logits."""

    scale: float
    """The standard deviation of the logits."""
    error: float
    mean_error: float
    """The same of the plain mean of the values: an error that is no smaller is no approximation."""


@final
@dataclass(frozen=True, kw_only=True)
class Cell:
    """One mechanism at one length, under one mask. None is what was not measured; `missing` says why."""

    causal: bool
    length: int
    flops: int | None = None
    """Of one forward pass of the whole batch, under the mask."""
    forward: Times | None = None
    training: Times | None = None
    step: Times | None = None
    forward_bytes: int | None = None
    """The most that is alive at once in a forward pass: what it reads included."""
    training_bytes: int | None = None
    """The same with the backward pass: gradients of all that it reads included."""
    state_bytes: int | None = None
    """What is kept to go on behind so many positions."""
    nearness: tuple[Nearness, ...] = ()
    """By scale of the logits; empty for a mechanism that declares no tie to softmax."""
    missing: Mapping[str, str] = field(default_factory=dict)
    """By field, or `all`: why it is not known."""

    @property
    def why(self) -> str | None:
        """Why it could not be measured here at all."""
        return self.missing.get("all")

    @property
    def shape(self) -> tuple[bool, int]:
        """Mask and length."""
        return self.causal, self.length

    def value(self, quantity: Quantity) -> float | None:
        """A figure of this cell as a number: of times the median in milliseconds."""
        found = getattr(self, quantity)
        return found.median_ms if isinstance(found, Times) else found


@final
@dataclass(frozen=True, kw_only=True)
class Exponent:
    """A quantity grows as the length to this power, by least squares of logarithms."""

    causal: bool
    quantity: Quantity
    exponent: float
    low: float | None = None
    """The borders of its 95 % interval; None with two lengths, through which every line goes."""
    high: float | None = None
    lengths: tuple[int, ...]
    """Those that were fitted."""


@final
@dataclass(frozen=True, kw_only=True)
class Crossover:
    """From which length on a mechanism is faster than softmax."""

    causal: bool
    quantity: Pass
    against: str
    """The label of softmax: fused, or with its matrix of weights."""
    length: int | None
    """It is faster at every measured length from here on; None for never."""
    interpolated: bool = False
    """Whether the length lies between two that were measured."""
    up_to: int
    """The longest length at which both were measured."""

    def __str__(self) -> str:
        """`never up to 4096`, `from 900 on`."""
        if self.length is None:
            return f"never up to {self.up_to}"
        return f"from {'about ' if self.interpolated else ''}{self.length} on"


@final
@dataclass(frozen=True, kw_only=True)
class BenchmarkRow:
    """One mechanism with its options, computed in one form."""

    label: str
    mechanism: str
    spec: Spec
    form: str = "auto"
    """The form that was forced, or `auto` for the fastest at each length."""
    source: str | None = None
    traits: Mapping[str, Any] = field(default_factory=dict)
    reads_content: bool = True
    """Whether what is read depends on content: on queries, keys or whatever is no value. The mean of the
    values, say, mixes by position alone."""
    cells: tuple[Cell, ...] = ()
    exponents: tuple[Exponent, ...] = ()
    crossovers: tuple[Crossover, ...] = ()

    def cell(self, shape: tuple[bool, int]) -> Cell | None:
        """The cell of a mask and a length; None where it has not been measured yet."""
        return next((cell for cell in self.cells if cell.shape == shape), None)

    def exponent(self, quantity: Quantity, *, causal: bool) -> Exponent | None:
        """How a quantity grows; None where too few lengths are known."""
        found = (e for e in self.exponents if (e.quantity, e.causal) == (quantity, causal))
        return next(found, None)

    def crossover(self, quantity: Pass, against: str, *, causal: bool) -> Crossover | None:
        """Where it becomes faster than a form of softmax; None where there is nothing to compare."""
        wanted = (quantity, against, causal)
        return next((c for c in self.crossovers if (c.quantity, c.against, c.causal) == wanted), None)


@final
@dataclass(frozen=True, kw_only=True)
class BenchmarkResult(Result):
    """What mechanisms cost by length on one machine. Printed, it is the table that the terminal shows."""

    kind: ClassVar[str] = "benchmark"
    folder: ClassVar[str] = "benchmarks"
    remedy: ClassVar[str] = "Delete it and measure again."

    lengths: tuple[int, ...]
    masks: tuple[bool, ...]
    """Causal or not, in the order in which they were measured."""
    fused: str
    """The label of softmax by its fused kernel."""
    plain: str
    """The label of softmax by its matrix of weights."""
    rows: tuple[BenchmarkRow, ...]
    batch: int = 1
    """Sequences that each pass mixes."""
    complete: bool = True
    """Whether all has been measured; an interrupted benchmark has some cells only."""
    left_out: tuple[LeftOut, ...] = ()
    memory_method: str | None = None
    description: Mapping[str, Any] = field(default_factory=dict)
    """The settings, as `Benchmark.to_json` writes them."""
    versions: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        """What the terminal shows, with all columns."""
        from regard.core.results.benchmark_table import text_of  # noqa: PLC0415 (it knows this class)

        return text_of(self)

    def to_pandas(self) -> "pd.DataFrame":
        """The columns of the CSV, a row per cell. Raises `RegardError` where pandas is missing."""
        from regard.core.results.benchmark_flat import records  # noqa: PLC0415 (it knows this class)

        return frame(records(self))

    @property
    def shapes(self) -> tuple[tuple[bool, int], ...]:
        """Every mask with every length."""
        return tuple((causal, length) for causal in self.masks for length in self.lengths)

    @property
    def machine(self) -> str:
        """On what it was measured, in words."""
        return str(self.versions.get("machine", "an unknown machine"))

    def row(self, label: str) -> BenchmarkRow | None:
        """The row with that label."""
        return next((row for row in self.rows if row.label == label), None)

    def at(self, shape: tuple[bool, int]) -> tuple[tuple[BenchmarkRow, Cell], ...]:
        """All rows that have a cell of this shape, the fastest forward pass first, those without one last."""
        found = [(row, cell) for row in self.rows if (cell := row.cell(shape))]
        return tuple(sorted(found, key=lambda pair: _speed(pair[1])))


def _speed(cell: Cell) -> tuple[bool, float]:
    return cell.forward is None, cell.forward.median_ms if cell.forward else 0.0
