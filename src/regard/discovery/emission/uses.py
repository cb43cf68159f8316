"""What each use of a mask promises, on small random inputs: two outputs that have to be equal."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import final

import torch
from torch import Tensor

from regard.discovery.emission.probe import SIDES, SIZE, EdgesReading, reading
from regard.discovery.emission.standalone import Reading

LENGTH = 7
CUT = 4
"""A position in the middle."""

Streams = dict[str, Tensor]
Pair = tuple[Tensor, Tensor]


@final
@dataclass(frozen=True)
class Trial:
    """A program, streams, and others to put in their place."""

    run: Callable[[Reading], Tensor]
    streams: Streams
    others: Streams

    @property
    def redrawn(self) -> Streams:
        """The streams with other numbers from the cut on."""
        return {
            name: torch.cat([x[:, :, :CUT], self.others[name][:, :, CUT:]], 2)
            for name, x in self.streams.items()
        }

    def mixed(self, given: Reading) -> Tensor:
        """What the program computes, for every head and query: (1, h, n, e)."""
        return self.run(given).expand(1, SIZE.h, given.n, SIZE.e)


def causal(trial: Trial) -> Pair:
    """What comes later changes nothing."""
    one, other = (trial.mixed(reading(x, causal=True)) for x in (trial.streams, trial.redrawn))
    return one[:, :, :CUT], other[:, :, :CUT]


def padding(trial: Trial) -> Pair:
    """Keys that are not real change nothing."""
    one, other = (trial.mixed(reading(x, keys=_real())) for x in (trial.streams, trial.redrawn))
    return one[:, :, :CUT], other[:, :, :CUT]


def edges(trial: Trial) -> Pair:
    """Keys that no edge leads to are as those that are not real."""
    one = trial.mixed(reading(trial.streams, keys=_real()))
    other = trial.mixed(EdgesReading(trial.streams, _real().expand(1, 1, LENGTH, LENGTH)))
    return one[:, :, :CUT], other[:, :, :CUT]


def dense(trial: Trial) -> Pair:
    """Keys with a bias of -inf are as those that are not real."""
    one = trial.mixed(reading(trial.streams, keys=_real()))
    biased = reading(trial.streams)
    biased.added = torch.zeros(LENGTH, LENGTH, dtype=torch.float64).masked_fill(~_real(), -torch.inf)
    return one[:, :, :CUT], trial.mixed(biased)[:, :, :CUT]


def table(trial: Trial) -> Pair:
    """Keys at an offset with a bias of -inf change nothing."""
    keys = {name: x for name, x in trial.redrawn.items() if name not in SIDES}
    one, other = (trial.mixed(_barred_ahead(x)) for x in (trial.streams, trial.streams | keys))
    return one[:, :, :CUT], other[:, :, :CUT]


def window(trial: Trial) -> Pair:
    """Keys outside a window change nothing."""
    keys = {name: x for name, x in trial.redrawn.items() if name not in SIDES}
    places = torch.arange(LENGTH)
    near = ((places[:, None] - places).abs() <= 1)[None, None]
    one, other = (trial.mixed(EdgesReading(x, near)) for x in (trial.streams, trial.streams | keys))
    return one[:, :, : CUT - 1], other[:, :, : CUT - 1]


def segments(trial: Trial) -> Pair:
    """Two documents side by side give what each gives alone."""
    parts = (_between(trial.streams, 0, CUT), _between(trial.streams, CUT, LENGTH))
    document = torch.arange(LENGTH) < CUT
    together = EdgesReading(trial.streams, (document[:, None] == document)[None, None])
    return torch.cat([trial.mixed(reading(each)) for each in parts], 2), trial.mixed(together)


def cross(trial: Trial) -> Pair:
    """Fewer queries than keys read what they would among more."""
    few = _queries(trial.streams, 0, CUT)
    return trial.mixed(reading(trial.streams))[:, :, :CUT], trial.mixed(reading(few))


def start(trial: Trial) -> Pair:
    """The last queries alone read what they read among all."""
    return trial.mixed(reading(trial.streams, causal=True))[:, :, CUT:], trial.mixed(_last(trial.streams))


def streaming(trial: Trial) -> Pair:
    """The first positions, and then the last queries, give what all give at once."""
    first = trial.mixed(reading(_between(trial.streams, 0, CUT), causal=True))
    parts = torch.cat([first, trial.mixed(_last(trial.streams))], 2)
    return trial.mixed(reading(trial.streams, causal=True)), parts


USES: Mapping[str, Callable[[Trial], Pair]] = {
    each.__name__: each
    for each in (causal, padding, edges, dense, table, window, segments, cross, start, streaming)
}
"""By the name of the claim; slopes are a table that falls on both sides."""


def _barred_ahead(streams: Streams) -> Reading:
    """A bias by offset that bars every key that comes after the query."""
    places = torch.arange(LENGTH)
    barred = reading(streams)
    bias = torch.zeros(LENGTH, LENGTH, dtype=torch.float64)
    barred.added = bias.masked_fill(places > places[:, None], -torch.inf)
    return barred


def _real() -> Tensor:
    return torch.arange(LENGTH)[None] < CUT


def _between(streams: Streams, first: int, stop: int) -> Streams:
    return {name: x[:, :, first:stop] for name, x in streams.items()}


def _queries(streams: Streams, first: int, stop: int) -> Streams:
    return {name: x[:, :, first:stop] if name in SIDES else x for name, x in streams.items()}


def _last(streams: Streams) -> Reading:
    """The last queries, which stand behind the keys before them."""
    late = reading(_queries(streams, CUT, LENGTH), causal=True)
    late.start = CUT
    return late
