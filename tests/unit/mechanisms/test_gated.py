import pytest
import torch
from row_by_row import (
    EVERY_PART,
    SIZE,
    drawn_for,
    exponential,
    masks,
    read_by_row,
    under,
)

from regard.attention import Mask
from regard.core.errors import UnsupportedUse
from regard.mechanisms.gated import Gated
from regard.mechanisms.softmax import Softmax


def draw(n, m=None):
    return drawn_for(Gated(SIZE), n, m)


def gated_by_row(streams, mask):
    """Softmax attention times 1 / (1 + exp(-gate)), number by number."""
    return read_by_row(streams, mask, exponential) / (1 + (-streams.gate).exp())


class GatesByTheKey(Gated):
    """Planted: the gate of the key in place of that of the query."""

    def forward(self, streams, mask):
        return super().forward(streams.replace(gate=streams.gate.flip(2)), mask)


@pytest.mark.parametrize("form", Gated.forms)
@pytest.mark.parametrize("m", [6, 8])
@under(*EVERY_PART)
def test_it_is_softmax_attention_times_the_gate_of_the_query(part, m, form):
    streams, mask, gated = draw(6, m), masks(*EVERY_PART, n=6, m=m)[part], Gated(SIZE)
    gated.forced_form = form

    torch.testing.assert_close(gated(streams, mask), gated_by_row(streams, mask))


def test_the_gate_of_another_position_is_caught():
    streams = draw(6)

    assert not torch.allclose(GatesByTheKey(SIZE)(streams, Mask()), gated_by_row(streams, Mask()))


def test_an_open_gate_is_softmax_attention():
    streams, (*_, limit) = draw(9), Gated.toward("softmax", SIZE)

    torch.testing.assert_close(limit.mechanism(limit.given(streams)), Softmax(SIZE)(streams))


def test_the_gate_is_no_part_of_the_cache():
    gated = Gated(SIZE)

    assert set(gated.initial_state(2)) == {"k", "v"}


def test_it_has_no_weights_and_says_so():
    with pytest.raises(UnsupportedUse, match="gated has no weights"):
        Gated(SIZE).weights(draw(4), Mask())
