import pytest
import torch
from torch.nn import functional

from regard.data.samples import IGNORED
from regard.optimization import Loss, cross_entropy


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
        cross_entropy(logits, targets, smoothing).mean,
        functional.cross_entropy(
            logits.flatten(0, -2), targets.flatten(), ignore_index=IGNORED, label_smoothing=smoothing
        ),
    )


def test_where_nothing_is_asked_the_loss_and_its_gradient_are_zero():
    logits, targets = drawn(3, 7)
    logits.requires_grad_()

    loss = cross_entropy(logits, torch.full_like(targets, IGNORED), 0.1).mean
    loss.backward()

    assert loss == 0
    assert logits.grad.abs().max() == 0


def test_smoothing_makes_certainty_costly():
    certain = torch.tensor([[50.0, 0.0, 0.0]])

    assert cross_entropy(certain, torch.tensor([0])).mean == pytest.approx(0)
    assert cross_entropy(certain, torch.tensor([0]), 0.3).mean == pytest.approx(0.3 * 2 / 3 * 50)


def test_losses_of_batches_are_added_part_by_part():
    logits, targets = drawn(6, 7)
    halves = [cross_entropy(logits[part], targets[part]) for part in (slice(0, 2), slice(2, 6))]

    whole = Loss(sum(half.sum for half in halves), sum(half.count for half in halves))

    torch.testing.assert_close(whole.mean, cross_entropy(logits, targets).mean)
    assert whole.count < 42


def test_targets_may_be_probabilities():
    logits, _ = drawn(4)
    targets = torch.tensor([[0.5, 0.5, 0, 0, 0]] * 4)

    found = cross_entropy(logits, targets)

    assert found.count == 4
    torch.testing.assert_close(found.mean, -(logits.log_softmax(-1)[:, :2].mean()))
