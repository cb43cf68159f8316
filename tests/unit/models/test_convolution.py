import pytest
import torch

from regard import Mask
from regard.attention import Grid, Size
from regard.core.errors import InvalidOption
from regard.mechanisms import MECHANISMS
from regard.models.convolution import ShortConvolution, StreamConvolutions
from regard.models.projections import convolved_widths

C = 3


def draw(n, seed=0):
    return torch.randn(2, n, C, generator=torch.Generator().manual_seed(seed))


def built(taps):
    torch.manual_seed(0)
    convolution = ShortConvolution(C, taps)
    torch.nn.init.normal_(convolution.offset)
    return convolution


def by_loops(convolution, x, causal):
    """Each feature for itself; the last tap is the position itself where causal, else the middle one."""
    taps = convolution.kernel.shape[1]
    after = 0 if causal else (taps - 1) // 2
    out = convolution.offset.expand_as(x).clone()
    for i in range(x.shape[1]):
        for tap in range(taps):
            j = i + tap - (taps - 1) + after
            if 0 <= j < x.shape[1]:
                out[:, i] = out[:, i] + convolution.kernel[:, tap] * x[:, j]
    return out


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("taps", [1, 2, 3, 4, 7])
def test_it_weighs_the_neighbors_of_each_position(taps, causal):
    convolution, x = built(taps), draw(5)

    torch.testing.assert_close(convolution(x, causal), by_loops(convolution, x, causal))


@pytest.mark.parametrize("lengths", [[1] * 6, [4, 1, 1], [6]], ids=str)
@pytest.mark.parametrize("taps", [1, 2, 4, 9])
def test_pieces_give_what_the_whole_gives_causally(taps, lengths):
    convolution, x = built(taps), draw(6)
    tail, pieces = convolution.initial_tail(2), []
    for piece in x.split(lengths, 1):
        before = tail.clone()
        out, after = convolution.extend(piece, tail)
        assert torch.equal(tail, before), "the tail was changed in place"
        pieces.append(out)
        tail = after

    torch.testing.assert_close(torch.cat(pieces, 1), convolution(x, causal=True))
    assert tail.shape == (2, taps - 1, C)
    assert tail.untyped_storage().nbytes() == tail.nbytes, "the tail keeps more than itself alive"


def test_no_tap_is_refused():
    with pytest.raises(InvalidOption, match="at least one tap, not 0"):
        ShortConvolution(C, 0)


def test_streams_without_a_convolution_pass_as_they_are():
    convolutions = StreamConvolutions({"q": C, "v": C}, 3)
    projected = {"q": draw(5), "v": draw(5, 1), "gate": draw(5, 2)}

    out = convolutions(projected, {"q": Mask(), "v": Mask()})

    assert out["gate"] is projected["gate"]
    assert list(out) == list(projected)
    assert not torch.allclose(out["q"], projected["q"])


def test_no_taps_means_no_convolution_at_all():
    convolutions = StreamConvolutions({"q": C}, 0)
    projected = {"q": draw(5)}

    assert convolutions(projected, {})["q"] is projected["q"]
    assert convolutions.initial_tails(2) == {}
    assert list(convolutions.parameters()) == []


def test_padding_is_silenced_before_taps_reach_across_it():
    convolutions = StreamConvolutions({"k": C}, 3)
    keys = torch.tensor([[True, True, False, True, True]]).expand(2, 5)
    quiet = {"k": draw(5).masked_fill(~keys.unsqueeze(-1), 0)}
    loud = {"k": draw(5).masked_fill(~keys.unsqueeze(-1), torch.nan)}

    expected = convolutions(quiet, {"k": Mask(causal=True)})["k"]
    torch.testing.assert_close(convolutions(loud, {"k": Mask(causal=True, keys=keys)})["k"], expected)
    gone_on, _ = convolutions.extend(loud, Mask(causal=True, keys=keys), convolutions.initial_tails(2))
    torch.testing.assert_close(gone_on["k"], expected)


@pytest.mark.parametrize("name", MECHANISMS.names())
def test_it_passes_over_queries_keys_and_values_and_what_is_declared_to_be_like_them(name):
    """The further writes of DeltaProduct are keys and values (Siems et al. 2025, section 3)."""
    size = Size(heads=2, key_features=4, value_features=4, length=16, grid=Grid(4, 4))
    declared = MECHANISMS.build(name, size).declared
    like = {"more_keys": 8, "more_values": 8} if name == "delta_product" else {}
    usual = {each: 8 for each, stream in declared.items() if each in ("q", "k", "v") and stream.features}

    assert convolved_widths(declared, size) == usual | like
