"""Something added to the scores of every pair, from outside of a model."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import Any

from jaxtyping import Float
from torch import Tensor

from regard.attention.guard import lengths
from regard.attention.mask import Mask
from regard.attention.mechanism import Mechanism

Addition = Callable[[int, tuple[int, int, int, int], Tensor], Tensor]
"""What is added, for the i-th mechanism, the shape (b, h, n, m) of its scores, and a tensor of their kind."""


@contextmanager
def add_to_scores(mechanisms: Sequence[Mechanism], addition: Addition) -> Iterator[None]:
    """Inside, every one of the mechanisms adds to its scores, as a dense bias (`Bias.dense`).

    A mechanism that takes no dense bias raises `UnsupportedMask` when it is called.
    """

    def add_to(i: int) -> Callable[[Mechanism, tuple[Any, ...]], tuple[Any, ...]]:
        def add(mechanism: Mechanism, given: tuple[Any, ...]) -> tuple[Any, ...]:
            streams, mask = given[0], given[1] if len(given) > 1 else Mask()
            n, m = lengths(mechanism, streams)
            first = next(iter(streams))
            own: Float[Tensor, "b h n m"] = addition(i, (first.shape[0], mechanism.size.h, n, m), first)
            dense = own if mask.bias.dense is None else mask.bias.dense + own
            return streams, replace(mask, bias=replace(mask.bias, dense=dense))

        return add

    with ExitStack() as ends:
        for i, mechanism in enumerate(mechanisms):
            ends.callback(mechanism.register_forward_pre_hook(add_to(i)).remove)
        yield
