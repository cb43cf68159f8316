"""Streams: the named tensors that a mechanism reads, each projected from the layer's input."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar, final, get_args

from torch import nn

from regard.core.errors import InvalidOption

T = TypeVar("T")
U = TypeVar("U")

Side = Literal["queries", "keys"]


@final
@dataclass(frozen=True)
class Init:
    """How a projection is initialized.

    std: standard deviation of its normal weights; None means as `torch.nn.Linear` draws them.
    bias: the value of its bias; None means that it has none.
    """

    std: float | None = None
    bias: float | None = None


@final
@dataclass(frozen=True)
class Stream:
    """One stream, as a mechanism declares it: `Stream(1, of="keys")` is one number per head and key.

    features: numbers per head and position. One of 0 features says only how many positions there are.
    of: whether it is projected from the sequence of the queries (x) or from that of the keys (context).
    shared: whether all heads read the same, so that the tensor has one head only.
    grouped: whether it has g heads, as keys and values have for a mechanism that takes them so.
    init: how its projection is initialized. None: as those of q, k and v are.
    convolved: whether the short convolution of a layer that has one passes over it, as over q, k and v.

    Raises `InvalidOption`.
    """

    features: int
    of: Side = "keys"
    shared: bool = False
    grouped: bool = False
    init: Init | None = None
    convolved: bool = False

    def __post_init__(self) -> None:
        if self.of not in get_args(Side):
            raise InvalidOption(f"Stream: of cannot be {self.of!r}: choose queries or keys.")
        if self.shared and self.grouped:
            raise InvalidOption("Stream: it is either shared by all heads or has one for each group.")
        if self.features < 0:
            raise InvalidOption(f"Stream: features must not be negative, but are {self.features}.")


@final
class Streams(Generic[T]):
    """A value for each stream, by name: its declaration, or its tensor.

    `Streams(q=q, k=k, v=v)` holds tensors (b, h, n, d), (b, h, m, d) and (b, h, m, e); `streams.q` is one
    of them. Never changed in place.
    """

    def __init__(self, **entries: T) -> None:
        self._entries = entries
        # attributes as well, found without a call: streams are read several times in every layer and step
        vars(self).update(entries)

    def __getattr__(self, name: str) -> T:
        """What is no stream."""
        entries = vars(self).get("_entries", {})
        raise AttributeError(f"There is no stream '{name}' among {', '.join(entries)}.")

    def __iter__(self) -> Iterator[T]:
        return iter(self._entries.values())

    def __contains__(self, name: str) -> bool:
        return name in self._entries

    @property
    def names(self) -> tuple[str, ...]:
        """Their names, in the order in which they were given."""
        return tuple(self._entries)

    def items(self) -> Iterator[tuple[str, T]]:
        """Names with entries."""
        return iter(self._entries.items())

    def map(self, function: Callable[[T], U]) -> "Streams[U]":
        """The same names with `function` of each entry."""
        return Streams(**{name: function(entry) for name, entry in self._entries.items()})

    def replace(self, **entries: T) -> "Streams[T]":
        """The same with some entries replaced, or added."""
        return Streams(**(self._entries | entries))

    def __repr__(self) -> str:
        return f"Streams({', '.join(f'{name}={_short(entry)}' for name, entry in self.items())})"


def declare(streams: Streams[Any]) -> Streams[Stream]:
    """The declaration in full: a plain number is features per head, of the queries for `q`, else of the keys.

    Raises `InvalidOption` for what is neither a number nor a `Stream`, and for a name that `Streams` or a
    module of torch has for something else.
    """
    # asked of the class: a stream that is called like a method stands in its way until it is refused
    return Streams(**{name: _declared(name, entry) for name, entry in Streams.items(streams)})


def _declared(name: str, entry: Any) -> Stream:
    if hasattr(Streams, name) or hasattr(nn.Module, name):
        raise InvalidOption(f"A stream cannot be called '{name}': the name is taken. Choose another one.")
    if isinstance(entry, Stream):
        return entry
    if isinstance(entry, int):
        return Stream(entry, of="queries" if name == "q" else "keys")
    message = f"The stream '{name}' cannot be declared as {entry!r}. Give a Stream, or its features per head."
    raise InvalidOption(message)


def _short(entry: Any) -> str:
    shape = getattr(entry, "shape", None)
    return repr(entry) if shape is None else f"Tensor{tuple(shape)}"
