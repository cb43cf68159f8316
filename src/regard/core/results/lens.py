"""What the lens saw: maps of models on examples, and what stands beside them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Literal, final

from regard.core.results.faithfulness import Faithfulness
from regard.core.results.result import Result

Level = Literal["weights", "operator", "contribution", "relevance", "influence"]
"""What a map holds; see `regard.maps`."""

Summary = Literal["mean", "deviation"]
"""What the maps of many examples become."""


@final
@dataclass(frozen=True, kw_only=True)
class MapBlock:
    """The maps of all heads of a layer, one byte per number.

    A byte u of head a stands for peak_a · (u / 255)², or, where entries may be below 0, for
    peak_a · s |s| with s = (u - 128) / 127: the root keeps what is small visible.
    """

    heads: int
    queries: int
    keys: int
    signed: bool
    """Whether an entry may be below 0."""
    peaks: tuple[float, ...]
    """The largest size of an entry of each head."""
    data: str
    """The bytes, head by head and row by row, compressed by gzip, in base64."""
    pooled: int = 1
    """Of how many queries a row is the mean, and of how many keys a column is the sum: those from
    `pooled` · i on. The last block may be of fewer. 1 where every number is an entry of the map."""
    rows: "Rows | None" = None
    """Of a pooled map: rows that are here as they are."""


@final
@dataclass(frozen=True, kw_only=True)
class Rows:
    """Some rows of all heads of a layer, with every key."""

    places: tuple[int, ...]
    """The queries, in rising order."""
    block: MapBlock
    """A row for each of them."""


@final
@dataclass(frozen=True, kw_only=True)
class Guess:
    """An answer that a model thinks of, and how much."""

    text: str
    share: float
    """Its probability."""


@final
@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a model answers at one place."""

    place: int
    """The query at which it is read; of an answer to a whole example its last one, or the class token."""
    guesses: tuple[Guess, ...]
    """The likeliest first."""
    truth: str | None
    """The right one, where it is known."""


@final
@dataclass(frozen=True, kw_only=True)
class MemoryView:
    """A recurrent layer's memory after each position."""

    size: tuple[tuple[float, ...], ...]
    """The norm, by head and position."""
    rank: tuple[tuple[float, ...], ...]
    """The effective rank, by head and position."""
    returned: MapBlock
    """How much of each value (columns) it still gives back after each position (rows)."""


@final
@dataclass(frozen=True, kw_only=True)
class ScoreView:
    """What made the scores of a layer, before they become weights, at each head's strongest entries.

    A score is the sum of what each part of its query adds, and so it is of what each part of its key adds.
    """

    names: tuple[str, ...]
    """Of the parts: what wrote the residual stream before the layer."""
    cells: tuple[tuple[int, ...], ...]
    """By head: the entries, each as row · columns + column, from first to last."""
    kept: int
    """Parts of a side that are told one by one: the largest."""
    parts: str
    """Which ones they are: head by head and entry by entry, first of the query, then of the key, by their
    place among the names; as uint16, the lowest byte first, compressed by gzip, in base64."""
    data: str
    """In the same order what they add, and after those of a side what all others together add; as float32."""


@final
@dataclass(frozen=True, kw_only=True)
class LayerView:
    """One layer on one example."""

    maps: Mapping[str, MapBlock] = field(default_factory=dict)
    """By level; those of the whole layer, such as its influence, have one head."""
    refused: Mapping[str, str] = field(default_factory=dict)
    """By level: why there is no such map; by `scores`, `ablated` and `guesses`, why these are not there."""
    residual: float | None = None
    """|A v + beside - output| / |output| of the operator, the largest of all heads."""
    outside: tuple[str, ...] = ()
    """What the maps leave out, a sentence each."""
    scores: ScoreView | None = None
    metrics: Mapping[str, tuple[float | None, ...]] = field(default_factory=dict)
    """By name: a number for each head; None where it has none."""
    ablated: tuple[float, ...] = ()
    """By how much the probability of the first guess changes when each head is switched off."""
    rollout: MapBlock | None = None
    """What this layer reads of the input through all layers before it."""
    guesses: tuple[Guess, ...] = ()
    """What the model would answer if this layer were its last (the logit lens)."""
    memory: MemoryView | None = None
    recalled: tuple[float, ...] = ()
    """Of a layer that chooses keys: which share of softmax's mass they have, by head."""


@final
@dataclass(frozen=True, kw_only=True)
class Image:
    """The picture that was looked at, and where its positions lie."""

    data: str
    """A PNG as a `data:` address."""
    rows: int
    columns: int
    prefix: int
    """Positions in front that lie nowhere on it, such as a class token."""


@final
@dataclass(frozen=True, kw_only=True)
class View:
    """One example, or the mean of many, seen by one model at one moment of its training."""

    example: str
    """What it is called."""
    step: int | None = None
    """The training step of the weights; None for those that a run keeps: the best on validation data."""
    queries: tuple[str, ...]
    """What stands at each position that reads."""
    keys: tuple[str, ...]
    """What stands at each position that is read."""
    image: Image | None = None
    summary: Summary | None = None
    """Of a view of many examples: whether its maps are means or standard deviations."""
    answers: tuple[Answer, ...] = ()
    layers: tuple[LayerView, ...]


@final
@dataclass(frozen=True, kw_only=True)
class LayerFacts:
    """What is the same in every view of a layer."""

    name: str
    mechanism: str
    heads: int


@final
@dataclass(frozen=True, kw_only=True)
class LensModel:
    """One model, with all views of it."""

    label: str
    about: str
    """One line: the task, the seed, the run."""
    layers: tuple[LayerFacts, ...]
    views: tuple[View, ...]
    faithfulness: Faithfulness | None = None
    untried: str = ""
    """Why it is not known which map predicts the model, in a sentence."""


@final
@dataclass(frozen=True, kw_only=True)
class Pair:
    """Heads of two models that read alike, layer by layer."""

    layer: int
    head: int
    other: int
    distance: float
    """Jensen-Shannon distance of their maps: from 0 to 1."""


@final
@dataclass(frozen=True, kw_only=True)
class LensResult(Result):
    """One model, or two that are compared: then their views are of the same examples."""

    kind: ClassVar[str] = "lens"
    folder: ClassVar[str] = "lenses"
    remedy: ClassVar[str] = "Delete it and run regard lens again."

    title: str
    models: tuple[LensModel, ...]
    pairs: tuple[Pair, ...] = ()
