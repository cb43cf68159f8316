"""Time and memory of two calls, side by side."""

import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

import torch
from pair import Pair, Use
from torch import Tensor

from regard.measures.memory import peak_bytes

ROUNDS = 9
"""In each of which both have their turn, ours first in every second."""

SECONDS = 30.0
"""A call that takes longer is not compared."""


@final
@dataclass(frozen=True)
class Ratios:
    """Ours over the peer's: below 1 ours is the better."""

    time: float
    low: float
    """The lower quartile of the rounds' ratios."""
    high: float
    """The upper one."""
    memory: float


@torch.no_grad()
def difference(pair: Pair) -> float:
    """The largest difference of the outputs, relative to the peer's largest number."""
    theirs = pair.theirs()
    return ((pair.ours() - theirs).abs().max() / theirs.abs().max()).item()


def forward(pair: Pair) -> Ratios | None:
    """Without gradients; None if one of them takes too long."""
    with torch.no_grad():
        return _ratios(pair.ours, pair.theirs, pair.learned)


def forward_and_backward(pair: Pair) -> Ratios | None:
    """With gradients of everything that is learned."""
    return _ratios(_learning(pair.ours, pair.learned), _learning(pair.theirs, pair.learned), pair.learned)


def _ratios(ours: Use, theirs: Use, held: Sequence[Tensor]) -> Ratios | None:
    # both warm before either is timed
    if any(_seconds(use) > SECONDS for use in (ours, theirs)):
        return None
    ratios = []
    for number in range(ROUNDS):
        turns = (ours, theirs) if number % 2 else (theirs, ours)
        taken = {use: _seconds(use) for use in turns}
        ratios.append(taken[ours] / taken[theirs])
    low, middle, high = statistics.quantiles(ratios, n=4)
    peaks = [_peak(use, held) for use in (ours, theirs)]
    return Ratios(middle, low, high, peaks[0] / peaks[1])


def _seconds(use: Use) -> float:
    """Time of the processor, on one thread: what else the machine does counts less."""
    start = time.process_time()
    use()
    return time.process_time() - start


def _peak(use: Use, held: Sequence[Tensor]) -> int:
    """Bytes that are alive at once beside the inputs, gradients among them."""
    for each in held:
        each.grad = None
    own = sum(each.untyped_storage().nbytes() for each in held)
    return peak_bytes(use, list(held)) - own


def _learning(use: Use, learned: Sequence[Tensor]) -> Use:
    def forward_and_backward() -> Tensor:
        out = use()
        out.sum().backward()
        for each in learned:
            each.grad = None
        return out

    return forward_and_backward
