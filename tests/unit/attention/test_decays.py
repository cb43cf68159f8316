import pytest
import torch
from torch.autograd import grad
from torch.testing import assert_close

from regard.attention.kernels.decays import FeatureDecays, HeadDecays, decays

LENGTHS = [1, 2, 3, 7, 8, 33, 64]


def draw(length, *, features, d=4, strength=1.0):
    rng = torch.Generator().manual_seed(length)
    q, k = (torch.randn(2, 1, 2, length, d, generator=rng, dtype=torch.float64) for _ in "qk")
    g = -strength * torch.rand(2, 1, 2, length, d if features else 1, generator=rng, dtype=torch.float64)
    return [x.requires_grad_() for x in (q, k, g)]


def by_pairs(q, k, g):
    """Each pair with the decays between its positions multiplied one after the other."""
    length = q.shape[3]
    rows = []
    for i in range(length):
        row = [
            (q[:, :, :, i] * k[:, :, :, j] * g[:, :, :, j + 1 : i + 1].exp().prod(3)).sum(-1)
            for j in range(i + 1)
        ]
        rows.append(torch.stack([*row, *[torch.zeros_like(row[0])] * (length - i - 1)], -1))
    return torch.stack(rows, -2)


@pytest.mark.parametrize("features", [False, True])
@pytest.mark.parametrize("length", LENGTHS)
def test_products_are_those_of_every_pair_with_gradients(length, features):
    q, k, g = draw(length, features=features)

    fast, slow = decays(g).products(q, k), by_pairs(q, k, g)

    assert_close(fast, slow)
    direction = torch.randn_like(slow)
    assert_close(
        grad(fast, [q, k, g], direction, materialize_grads=True),
        grad(slow, [q, k, g], direction, materialize_grads=True),
    )


@pytest.mark.parametrize("features", [False, True])
@pytest.mark.parametrize("length", LENGTHS)
def test_until_after_and_whole_are_products_of_decays(length, features):
    q, k, g = draw(length, features=features)
    kept, one = g.exp(), decays(g)

    assert_close(one.until(q), q * kept.cumprod(3))
    behind = [kept[:, :, :, j + 1 :].prod(3) for j in range(length)]
    assert_close(one.after(k), k * torch.stack(behind, 3))
    assert_close(one.whole(), kept.prod(3).unsqueeze(-1))


@pytest.mark.parametrize("features", [False, True])
@pytest.mark.parametrize("strength", [50.0, 1e4, 1e30])
def test_strong_decays_are_0_with_finite_gradients_in_float32(strength, features):
    q, k, g = (x.detach().float().requires_grad_() for x in draw(64, features=features, strength=strength))
    one = decays(g)

    out = one.products(q, k).sum() + one.until(q).sum() + one.after(k).sum() + one.whole().sum()

    assert out.isfinite()
    assert all(slope.isfinite().all() for slope in grad(out, [q, k, g]))


@pytest.mark.parametrize("features", [False, True])
def test_what_lies_near_is_exact_behind_strong_decays(features):
    # a thousand in all, and the last two positions are 0.1 apart: differences of sums would lose four digits
    q, k, g = (x.detach() for x in draw(64, features=features))
    g = torch.full_like(g, -16.0)
    g[:, :, :, -1] = -0.1

    narrow = decays(g.float()).products(q.float(), k.float())[..., -1, -2]

    assert_close(narrow.double(), decays(g).products(q, k)[..., -1, -2], rtol=2e-6, atol=2e-6)


def test_the_number_of_features_chooses_the_kind():
    assert isinstance(decays(torch.zeros(1, 1, 1, 4, 1)), HeadDecays)
    assert isinstance(decays(torch.zeros(1, 1, 1, 4, 3)), FeatureDecays)


def test_pairs_and_halvings_are_counted():
    assert [HeadDecays.pairs(length) for length in (1, 5)] == [1, 25]
    assert [FeatureDecays.pairs(length) for length in (1, 4, 5)] == [0, 6, 28]
