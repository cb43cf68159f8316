import pytest
import torch
from torch.nn.functional import cross_entropy

from regard.data.samples import IGNORED
from regard.training.loop.loss import mean_loss


def drawn(*shape):
    rng = torch.Generator().manual_seed(0)
    logits = torch.randn(*shape, 5, generator=rng)
    targets = torch.randint(5, shape, generator=rng)
    targets[targets == 4] = IGNORED
    return logits, targets


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
@pytest.mark.parametrize("shape", [(8,), (3, 7)])
def test_it_is_the_mean_over_the_targets_that_are_asked(shape, smoothing):
    logits, targets = drawn(*shape)
    torch.testing.assert_close(
        mean_loss(logits, targets, smoothing),
        cross_entropy(
            logits.flatten(0, -2), targets.flatten(), ignore_index=IGNORED, label_smoothing=smoothing
        ),
    )


def test_where_nothing_is_asked_the_loss_and_its_gradient_are_zero():
    logits, targets = drawn(3, 7)
    logits.requires_grad_()

    loss = mean_loss(logits, torch.full_like(targets, IGNORED), 0.1)
    loss.backward()

    assert loss == 0
    assert logits.grad.abs().max() == 0


def test_smoothing_makes_certainty_costly():
    certain = torch.tensor([[50.0, 0.0, 0.0]])

    assert mean_loss(certain, torch.tensor([0])) == pytest.approx(0)
    assert mean_loss(certain, torch.tensor([0]), 0.3) == pytest.approx(0.3 * 2 / 3 * 50)
