import pytest
import torch
from row_by_row import SIZE, collecting, drawn, exponential, masks, read_by_row

from regard.attention import Mask, Size, Streams
from regard.core.errors import InvalidOption, UnsupportedMask, UnsupportedUse
from regard.mechanisms.linformer import Linformer
from regard.mechanisms.softmax import Softmax


def slots(mixture, x, mask):
    """Each slot as a sum over the readable positions, spelled out."""
    held = torch.zeros(*x.shape[:2], len(mixture), x.shape[3], dtype=torch.float64)
    for b in range(x.shape[0]):
        for j in range(x.shape[2]):
            if mask.keys is None or mask.keys[b, j]:
                for r in range(len(mixture)):
                    held[b, :, r] += mixture[r, j] * x[b, :, j]
    return held


def over_slots(linformer, streams, mask):
    keys, values = slots(linformer.keys, streams.k, mask), slots(linformer.values, streams.v, mask)
    return read_by_row(Streams(q=streams.q, k=keys, v=values), Mask(), exponential)


class IgnoresPadding(Linformer):
    """Planted: the fault of the best-known implementation, which swallows the mask."""

    def forward(self, streams, mask):
        return super().forward(streams, Mask())


@pytest.mark.parametrize("m", [1, 9, 16])
@pytest.mark.parametrize("part", ["no mask", "keys"])
def test_it_is_softmax_attention_over_mixtures_of_the_readable_keys(part, m):
    linformer = Linformer(SIZE, rank=4).double()
    streams, mask = drawn(7, m), masks("keys", n=7, m=m)[part]

    mixed = linformer(streams, mask)

    torch.testing.assert_close(mixed, over_slots(linformer, streams, mask))
    torch.testing.assert_close(linformer.weights(streams, mask) @ streams.v, mixed)


def test_an_ignored_mask_is_caught():
    planted = IgnoresPadding(SIZE, rank=4).double()
    streams, mask = drawn(9), masks("keys", n=9)["keys"]

    assert not torch.allclose(planted(streams, mask), over_slots(planted, streams, mask))


def test_an_example_with_nothing_to_read_gives_zero():
    streams = collecting(drawn(7))
    keys = torch.ones(2, 7, dtype=torch.bool)
    keys[1] = False
    linformer = Linformer(SIZE, rank=4).double()
    mixed = linformer(streams, Mask(keys=keys))

    assert (mixed[1] == 0).all()
    assert (mixed[0] != 0).all()
    slopes = torch.autograd.grad(mixed.sum(), [*streams, *linformer.parameters()])
    assert all(slope.isfinite().all() for slope in slopes)


def test_identity_mixtures_are_softmax_attention_also_with_padding():
    (limit,) = Linformer.toward("softmax", SIZE)
    streams, mask = drawn(16), masks("keys", n=16)["keys"]

    torch.testing.assert_close(limit.mechanism.double()(streams), Softmax(SIZE)(streams))
    torch.testing.assert_close(limit.mechanism.double()(streams, mask), Softmax(SIZE)(streams, mask))


def test_the_mixtures_start_with_variance_one_over_the_rank():
    torch.manual_seed(0)
    linformer = Linformer(Size(1, 4, 4, 512), rank=64)

    assert linformer.keys.std().item() == pytest.approx(1 / 8, rel=0.02)
    assert linformer.values.std().item() == pytest.approx(1 / 8, rel=0.02)
    assert not torch.equal(linformer.keys, linformer.values)


@pytest.mark.parametrize("rank", [0, -3, 17, 128])
def test_a_rank_out_of_range_is_refused_with_the_remedy(rank):
    with pytest.raises(InvalidOption) as error:
        Linformer(SIZE, rank=rank)

    assert str(error.value) == (
        f"linformer: rank must be between 1 and the length 16, not {rank}. "
        "Choose a smaller rank or longer sequences."
    )


def test_what_it_cannot_do_is_refused():
    linformer = Linformer(SIZE, rank=4).double()
    with pytest.raises(UnsupportedMask, match="linformer does not support the mask's part 'causal'"):
        linformer(drawn(7), Mask(causal=True))
    with pytest.raises(UnsupportedUse, match="at most 16 positions, not 17"):
        linformer(drawn(17))
