import pytest
import torch
from row_by_row import SIZE, collecting, drawn_for, masks
from torch.testing import assert_close

from regard.attention import Mask
from regard.core.errors import InvalidOption, UnsupportedUse
from regard.mechanisms.external import External


def build(**options):
    torch.manual_seed(0)
    return External(SIZE, **{"slots": 6} | options).double()


def by_loops(external, q, mask):
    """A softmax over the positions of each slot, then each position's row by its sum."""
    out = torch.zeros(*q.shape[:3], SIZE.value_features, dtype=torch.float64)
    for b in range(2):
        real = [i for i in range(q.shape[2]) if mask.keys is None or mask.keys[b, i]]
        for h in range(2):
            scores = torch.tensor([[sum(q[b, h, i] * slot) for slot in external.keys.detach()] for i in real])
            once = scores.exp() / scores.exp().sum(0)
            out[b, h, real] = (once / once.sum(1, keepdim=True)) @ external.values.detach()
    return out


@pytest.mark.parametrize(("n", "part"), [(1, "no mask"), (9, "no mask"), (9, "keys")])
def test_scores_of_slots_are_normalized_over_positions_and_then_over_slots(part, n):
    external, mask = build(), masks("keys", n=n)[part]
    streams = drawn_for(external, n)

    assert_close(external(streams, mask), by_loops(external, streams.q, mask))


def test_a_position_far_from_every_slot_still_reads():
    """Each exponential of the first normalization is 0 in float32, and so would its sum be."""
    external = build().float()
    streams = drawn_for(external, 9).map(lambda x: 500 * x.float())

    assert_close(
        external(streams).double(),
        build()(streams.map(torch.Tensor.double)),
        rtol=1e-4,
        atol=1e-4,
    )


def test_padding_gets_0_and_full_of_nan_reaches_nobody():
    external, keys = build(), masks("keys", n=9)["keys"].keys
    streams = collecting(drawn_for(external, 9).map(lambda x: x.where(keys[:, None, :, None], torch.nan)))

    out = external(streams, Mask(keys=keys))

    assert (out.transpose(1, 2)[~keys] == 0).all()
    assert out.isfinite().all()
    slopes = torch.autograd.grad(out.sum(), [*streams, *external.parameters()])
    assert all(slope.isfinite().all() for slope in slopes)


def test_an_example_with_nothing_to_read_gives_0_with_finite_gradients():
    external = build()
    streams = collecting(drawn_for(external, 9))

    out = external(streams, Mask(keys=torch.tensor([[True], [False]]).expand(2, 9)))

    assert (out[1] == 0).all()
    assert all(
        each.isfinite().all() for each in torch.autograd.grad(out.sum(), [*streams, *external.parameters()])
    )


def test_all_heads_and_sequences_share_one_memory():
    assert {name: tuple(each.shape) for name, each in build().state_dict().items()} == {
        "keys": (6, 5),
        "values": (6, 3),
    }


def test_it_has_no_weights_over_positions_and_needs_a_slot():
    with pytest.raises(UnsupportedUse, match="external has no weights"):
        build().weights(drawn_for(build(), 9), Mask())
    with pytest.raises(InvalidOption, match="external: slots must be from 1 to 65,536, not 0"):
        External(SIZE, slots=0)
