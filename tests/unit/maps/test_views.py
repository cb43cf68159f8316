import pytest
import torch
from torch.testing import assert_close

from regard.attention import Mask, Size
from regard.attention.bases.recurrent import Recurrent
from regard.attention.capture import Captured
from regard.attention.checking.inputs import draw
from regard.core.errors import UnsupportedUse
from regard.maps.memory import memory_over_time
from regard.maps.selection import selection
from regard.mechanisms import MECHANISMS

SIZE = Size(heads=2, key_features=8, value_features=5, length=24)
CAUSAL = Mask(causal=True)

RECURRENT = [name for name in MECHANISMS.names() if issubclass(MECHANISMS.find(name), Recurrent)]
WITHOUT_KEYS = {"pooling", "uniform"}
CHOOSING = [name for name in MECHANISMS.names() if MECHANISMS.find(name).traits.chooses]


def called(name, *, n=24, changed=None, **options):
    mechanism = MECHANISMS.build(name, SIZE, **options).double().eval()
    streams = draw(mechanism, b=1, n=n)
    return Captured(mechanism, streams.replace(**(changed or (lambda _: {}))(streams)), CAUSAL)


@pytest.mark.parametrize("name", [name for name in RECURRENT if name not in WITHOUT_KEYS])
def test_every_memory_is_seen_to_grow_from_nothing(name):
    seen = memory_over_time(called(name))

    assert seen.size.shape == seen.rank.shape == (1, 2, 24)
    assert (seen.size > 0).all() and seen.size.isfinite().all()
    assert (seen.rank >= 0).all() and seen.rank.isfinite().all()
    assert not seen.returned.triu(1).any()
    assert seen.returned.isfinite().all()


def open_gates(streams):
    """Keys that are orthogonal to one another, each written in full."""
    return {
        "k": torch.eye(8, dtype=torch.float64).expand(1, 2, 8, 8),
        "beta": torch.full_like(streams.beta, 50.0),
    }


def test_a_delta_rule_gives_back_what_it_was_told_until_the_key_comes_again():
    seen = memory_over_time(called("delta", n=8, changed=open_gates))

    given_back = torch.ones(8, 8, dtype=torch.float64).tril().expand(1, 2, 8, 8)
    assert_close(seen.returned, given_back, rtol=0, atol=1e-5)
    assert_close(seen.rank[..., 0], torch.ones(1, 2, dtype=torch.float64))
    assert (seen.rank[..., 4] > 3).all()


def one_key(streams):
    """The same key at every place, with a value at the first place alone."""
    alone = torch.eye(8, dtype=torch.float64)[:1].mT
    return {"k": streams.k[:, :, :1].expand_as(streams.k), "v": alone * streams.v}


def test_what_decays_is_returned_less_and_less():
    of_first = memory_over_time(called("retention", n=8, changed=one_key)).returned[0, :, :, 0]

    assert (of_first > 0).all()
    assert (of_first.diff(dim=1) < 0).all()


def test_what_has_no_memory_is_refused():
    with pytest.raises(UnsupportedUse, match="softmax has no memory of fixed size"):
        memory_over_time(called("softmax"))


@pytest.mark.parametrize("name", CHOOSING)
def test_what_is_chosen_recalls_a_part_of_the_mass(name):
    seen = selection(called(name))

    assert not seen.chosen.triu(1).any()
    assert ((seen.recalled >= 0) & (seen.recalled <= 1 + 1e-9)).all()


def test_the_keys_of_the_largest_scores_recall_most():
    kept = selection(called("top_k", keep=4))

    assert (kept.chosen.sum(-1)[:, :, 4:] == 4).all()
    assert_close(kept.recalled[:, :, :4], torch.ones(1, 2, 4, dtype=torch.float64))
    assert kept.recalled[:, :, 4:].mean() > 4 / 14


def test_what_reads_all_has_no_selection():
    with pytest.raises(UnsupportedUse, match="softmax reads all allowed keys"):
        selection(called("softmax"))
