import pytest
import torch
from given_scores import read_by_scores
from row_by_row import SIZE, drawn_for, masks, under
from torch.testing import assert_close

from regard.attention import Size
from regard.core.errors import InvalidOption
from regard.mechanisms.fixed_random import FixedRandom

PARTS = "causal", "keys", "edges", "window", "start", "slopes", "table", "dense"


def build(seed=0, **options):
    torch.manual_seed(seed)
    return FixedRandom(SIZE, **options).double()


@pytest.mark.parametrize("m", [9, 12])
@under(*PARTS)
def test_a_number_that_was_drawn_for_each_pair_of_positions_is_its_score(part, m):
    fixed, mask = build(), masks(*PARTS, n=9, m=m)[part]
    streams = drawn_for(fixed, 9, m)
    scores = fixed.map[:, mask.start : mask.start + 9, :m].expand(2, 2, 9, m)

    assert_close(fixed(streams, mask), read_by_scores(scores, streams.v, mask), atol=1e-6, rtol=1e-6)


def test_it_learns_nothing_and_travels_with_the_state():
    fixed, other = build(seed=0), build(seed=1)
    assert not [*fixed.parameters()]
    assert not torch.equal(fixed.map, other.map)

    other.load_state_dict(fixed.state_dict())

    assert torch.equal(fixed.map, other.map)


def test_the_seed_decides_the_map_and_redrawing_replaces_it():
    fixed, streams = build(seed=3), drawn_for(build(), 9)
    assert torch.equal(fixed(streams), build(seed=3)(streams))

    fixed.redraw(torch.Generator().manual_seed(5))
    once = fixed(streams)
    fixed.redraw(torch.Generator().manual_seed(5))

    assert not torch.allclose(once, build(seed=3)(streams))
    assert torch.equal(fixed(streams), once)


def test_spread_is_the_deviation_of_the_scores():
    torch.manual_seed(0)
    fixed = FixedRandom(Size(4, 4, 4, 128), spread=3.0)

    assert fixed.map.std().item() == pytest.approx(3.0, rel=0.02)
    assert abs(fixed.map.mean().item()) < 0.05
    with pytest.raises(InvalidOption, match=r"fixed_random: spread must not be negative, but is -1"):
        FixedRandom(SIZE, spread=-1.0)
