import math
from functools import partial

import pytest
import torch

from regard import Attention
from regard.core.errors import InvalidOption, UnsupportedUse
from regard.models.positions import Rotary, Sinusoidal, added_positions

X = torch.randn(2, 9, 16, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("positions", ["learned", "sinusoidal", "rotary", "alibi"])
def test_every_kind_tells_positions_apart(positions):
    torch.manual_seed(0)
    attention = Attention(16, 4, positions=positions, length=16).eval()
    order = torch.randperm(9, generator=torch.Generator().manual_seed(1))

    assert (attention(X[:, order]) - attention(X)[:, order]).abs().max() > 1e-3


def test_without_positions_softmax_cannot_tell_them_apart():
    attention = Attention(16, 4, positions="none").eval()
    order = torch.randperm(9, generator=torch.Generator().manual_seed(1))

    torch.testing.assert_close(attention(X[:, order]), attention(X)[:, order])


def test_rotary_scores_depend_on_the_distance_alone():
    rotary, (q, k) = Rotary(8, 16), torch.randn(2, 1, 1, 1, 8, generator=torch.Generator().manual_seed(0))
    scores = rotary(q.expand(-1, -1, 12, -1)) @ rotary(k.expand(-1, -1, 12, -1)).mT

    for distance in range(-11, 12):
        diagonal = scores[0, 0].diagonal(distance)
        torch.testing.assert_close(diagonal, diagonal[:1].expand_as(diagonal))


def test_rotary_keeps_lengths():
    q = torch.randn(1, 2, 9, 8)

    torch.testing.assert_close(Rotary(8, 16)(q).norm(dim=-1), q.norm(dim=-1))


def test_rotary_turns_by_the_papers_angles():
    unit = torch.tensor([1.0, 0.0, 1.0, 0.0]).expand(1, 1, 4, 4)

    turned = Rotary(4, 16)(unit)[0, 0, 3]

    angles = [3.0, 3 / 100]
    expected = [f(angle) for angle in angles for f in (math.cos, math.sin)]
    torch.testing.assert_close(turned, torch.tensor(expected))


def test_sinusoidal_positions_follow_the_formula():
    added = Sinusoidal(4)(torch.zeros(1, 3, 4))[0, 2]

    torch.testing.assert_close(
        added, torch.tensor([math.sin(2), math.cos(2), math.sin(2 / 100), math.cos(2 / 100)])
    )


@pytest.mark.parametrize("kind", ["learned", "sinusoidal", "none"])
def test_positions_that_are_added_go_on_where_they_were(kind):
    positions = added_positions(kind, 16, 16)

    torch.testing.assert_close(positions(X[:, 4:], 4), positions(X)[:, 4:])


def test_rotary_goes_on_where_it_was():
    q = torch.randn(1, 2, 9, 8, generator=torch.Generator().manual_seed(0))

    torch.testing.assert_close(Rotary(8, 16)(q[:, :, 4:], 4), Rotary(8, 16)(q)[:, :, 4:])


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_rotary_turns_behind_its_length_as_within_it(dtype):
    q = torch.randn(1, 2, 9, 8, generator=torch.Generator().manual_seed(0)).to(dtype)

    assert torch.equal(Rotary(8, 5).to(dtype)(q, 3), Rotary(8, 16).to(dtype)(q, 3))


def test_rotary_in_double_precision_turns_as_precisely():
    q = torch.randn(1, 2, 999, 8, dtype=torch.float64)

    # in single precision a length is kept to 1e-7 at best
    torch.testing.assert_close(
        Rotary(8, 999).double()(q).norm(dim=-1), q.norm(dim=-1), rtol=1e-13, atol=1e-13
    )


def test_learned_positions_end_where_their_table_ends():
    with pytest.raises(UnsupportedUse, match="end at 16, but the sequence has 17"):
        added_positions("learned", 16, 16)(X, 8)


@pytest.mark.parametrize("kind", [partial(Rotary, length=16), Sinusoidal])
def test_an_odd_number_of_features_is_refused(kind):
    with pytest.raises(InvalidOption, match="even number"):
        kind(5)
