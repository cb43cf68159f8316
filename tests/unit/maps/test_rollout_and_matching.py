import numpy as np
import pytest
import torch
from scipy.spatial.distance import jensenshannon
from torch.testing import assert_close

from regard.core.errors import UnsupportedUse
from regard.maps.matching import matched_heads, shannon_distance
from regard.maps.rollout import rollout


def maps(*shape, seed=0):
    rng = torch.Generator().manual_seed(seed)
    return torch.randn(shape, generator=rng, dtype=torch.float64).mul(3).softmax(-1)


def test_rollout_is_the_product_of_layers_with_their_residual_streams():
    layers = maps(3, 2, 7, 7).unbind()
    expected = np.eye(7)
    for layer in layers:
        expected = (layer.numpy() + np.eye(7)) / 2 @ expected

    found = rollout(layers)

    assert_close(found, torch.from_numpy(expected))
    assert_close(found.sum(-1), torch.ones(2, 7, dtype=torch.float64))


@pytest.mark.parametrize("changed", [lambda p: -p, lambda p: 0.9 * p, lambda p: p + p.mT - p.mT.mT.flip(0)])
def test_rollout_of_what_is_no_mean_of_positions_is_refused(changed):
    with pytest.raises(UnsupportedUse, match="that of layer 1 is none"):
        rollout([maps(5, 5), changed(maps(5, 5, seed=1))])


def test_distance_is_that_of_scipy():
    p, q = maps(4, 9), maps(4, 9, seed=1)
    expected = np.mean([jensenshannon(one, other, base=2) for one, other in zip(p, q, strict=True)])

    assert shannon_distance(p, q).item() == pytest.approx(expected)
    assert shannon_distance(p, p).item() == 0
    assert shannon_distance(torch.tensor([1.0, 0.0]), torch.tensor([0.0, 1.0])).item() == pytest.approx(1)


def test_heads_in_another_order_find_their_likes():
    p, order = maps(2, 4, 6, 6), [2, 0, 3, 1]

    found = matched_heads(p, p[:, order])

    assert [(match.head, match.other) for match in found] == [(0, 1), (1, 3), (2, 0), (3, 2)]
    assert max(match.distance for match in found) < 1e-6


def test_of_fewer_heads_each_has_its_like():
    p = maps(1, 4, 6, 6)
    assert [match.head for match in matched_heads(p, p[:, [3, 1]])] == [1, 3]
