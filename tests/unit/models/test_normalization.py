import pytest
import torch

from regard.models.normalization import HeadNorm

X = torch.randn(2, 3, 5, 8, generator=torch.Generator().manual_seed(0)) * 7 + 2


def test_rms_divides_by_the_root_of_the_mean_square_of_each_head():
    torch.testing.assert_close(HeadNorm("rms", 8)(X), X / X.square().mean(-1, keepdim=True).sqrt())


def test_layer_takes_the_mean_away_too():
    centered = X - X.mean(-1, keepdim=True)

    torch.testing.assert_close(
        HeadNorm("layer", 8)(X), centered / centered.square().mean(-1, keepdim=True).sqrt()
    )


@pytest.mark.parametrize("kind", ["rms", "layer"])
def test_a_head_of_zeros_stays_finite_with_a_finite_gradient(kind):
    x = torch.zeros(1, 1, 1, 8, requires_grad=True)
    HeadNorm(kind, 8)(x).sum().backward()

    assert x.grad.isfinite().all()


@pytest.mark.parametrize("kind", ["rms", "layer"])
def test_one_scale_serves_all_heads(kind):
    assert HeadNorm(kind, 8).norm.weight.shape == (8,)
