"""The calls of a model of two sequences, sequence by sequence: both take one path, as one batch."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from torch import Tensor, nn

from regard.attention.capture import Captured
from regard.core.errors import InvalidOption
from regard.maps.attended import Attended
from regard.maps.layers import LayerCall
from regard.models import PairTransformer

FIRST, SECOND = "first", "second"
"""The role of a call in which a sequence reads itself."""

FIRST_OF_SECOND, SECOND_OF_FIRST = "first of second", "second of first"
"""The role of a call in which a sequence reads the other."""

ACROSS = (FIRST_OF_SECOND, SECOND_OF_FIRST)

Heard = tuple[Attended, Tensor | None]
"""A call, and how the answer moves with what it mixed."""


def by_sequence(model: nn.Module, heard: Sequence[Heard]) -> Iterator[Heard]:
    """Of a model of two sequences two calls for each layer that reads them at once, each with its role; of
    any other model the calls as they are. Raises `InvalidOption` for several pairs at once.
    """
    if not isinstance(model, PairTransformer):
        yield from heard
        return
    for place, (call, pull) in enumerate(heard):
        assert isinstance(call, LayerCall)
        if len(call.mixed) != 2 - model.alternating:
            raise InvalidOption("The lens looks at one pair of sequences at a time. Give one.")
        if model.alternating:
            yield replace(call, role=ACROSS[place % 2]), pull
            continue
        for side, role in enumerate((FIRST, SECOND) if call.context is None else ACROSS):
            yield _alone(call, side, role), None if pull is None else pull[side : side + 1]


def _alone(call: LayerCall, side: int, role: str) -> LayerCall:
    """One sequence's part of a call."""

    def own(x: Tensor) -> Tensor:
        return x if len(x) == 1 else x[side : side + 1]

    def own_or_none(x: Tensor | None) -> Tensor | None:
        return None if x is None else own(x)

    heard, mask = call.call, call.mask
    return replace(
        call,
        call=Captured(
            heard.mechanism,
            heard.streams.map(own),
            replace(heard.mask, keys=own_or_none(heard.mask.keys)),
        ),
        x=own(call.x),
        context=own_or_none(call.context),
        mask=replace(mask, keys=own_or_none(mask.keys)),
        mixed=own(call.mixed),
        gate=own_or_none(call.gate),
        output=own(call.output),
        role=role,
    )
