import itertools
import math

import pytest
import torch

from regard.core.settings import TrainingSettings
from regard.training.loop.schedule import PLATEAU_FACTOR, PLATEAU_PATIENCE, Rate, cosine_factor, warmup_factor

PEAKS = (0.1, 0.02)
PLANS = [(0, 20), (1, 20), (5, 20), (19, 20), (20, 20), (10, 100)]


def optimizer():
    parameters = [torch.nn.Parameter(torch.ones(2)) for _ in PEAKS]
    return torch.optim.AdamW([{"params": [p], "lr": lr} for p, lr in zip(parameters, PEAKS, strict=True)])


def rises_linearly(factor):
    """Warm-up law: equal steps from 0 at step 0 to 1 at step 5, and no further."""
    assert factor(0, 5) == 0
    assert factor(5, 5) == 1
    assert [factor(step, 5) for step in range(1, 8)] == pytest.approx([0.2, 0.4, 0.6, 0.8, 1, 1, 1])


def test_warmup_rises_linearly_to_the_peak():
    rises_linearly(warmup_factor)


@pytest.mark.parametrize(
    "faulty",
    [
        lambda step, warm: min(1, (step - 1) / warm),
        lambda step, warm: min(1, (step + 1) / warm),
        lambda step, warm: min(1, step / (warm + 1)),
    ],
)
def test_the_warmup_law_bites_on_an_off_by_one(faulty):
    with pytest.raises(AssertionError):
        rises_linearly(faulty)


@pytest.mark.parametrize(("warm", "total"), PLANS)
def test_the_cosine_falls_from_its_peak_and_would_be_zero_one_step_after_the_end(warm, total):
    factors = [cosine_factor(step, warm, total) for step in range(warm, total + 2)]

    assert factors[0] == 1
    assert factors[-1] == pytest.approx(0, abs=1e-12)
    assert all(after < before for before, after in itertools.pairwise(factors))


@pytest.mark.parametrize(("warm", "total"), PLANS)
def test_no_step_is_wasted_on_a_rate_of_zero(warm, total):
    assert min(cosine_factor(step, warm, total) for step in range(1, total + 1)) > 0


def test_the_cosine_is_half_way_down_half_way_along():
    assert cosine_factor(60, 20, 99) == pytest.approx((1 + math.cos(math.pi / 2)) / 2)


@pytest.mark.parametrize("schedule", ["cosine", "constant", "plateau"])
def test_every_group_has_its_own_peak_and_all_have_one_shape(schedule):
    adam = optimizer()
    rate = Rate(adam, TrainingSettings(schedule=schedule, warmup=0.2), total=20)

    seen = []
    for step in range(1, 21):
        rate.set(step)
        seen.append([group["lr"] for group in adam.param_groups])

    assert seen[3] == list(PEAKS)
    assert all(values[0] / values[1] == pytest.approx(5) for values in seen)
    assert rate.value == adam.param_groups[0]["lr"]


def test_a_constant_rate_stays_at_its_peak_after_warmup():
    adam = optimizer()
    rate = Rate(adam, TrainingSettings(schedule="constant", warmup=0.1), total=20)
    rate.set(20)

    assert rate.value == PEAKS[0]


def fallen(rate, steps, losses):
    """The rate after each step, with an evaluation after it."""
    values = []
    for step, loss in zip(steps, losses, strict=True):
        rate.set(step)
        values.append(rate.value)
        rate.observe(step, loss)
    return values


def test_a_plateau_lowers_the_rate_once_patience_is_exhausted():
    rate = Rate(optimizer(), TrainingSettings(schedule="plateau", warmup=0), total=20)
    worse = PLATEAU_PATIENCE + 1

    values = fallen(rate, range(1, worse + 3), [1.0] * (worse + 2))

    assert values == [PEAKS[0]] * (worse + 1) + [PEAKS[0] * PLATEAU_FACTOR]


def test_a_falling_loss_never_lowers_the_rate():
    rate = Rate(optimizer(), TrainingSettings(schedule="plateau", warmup=0), total=20)

    assert fallen(rate, range(1, 21), [1 / step for step in range(1, 21)]) == [PEAKS[0]] * 20


def test_losses_during_warmup_count_for_nothing():
    rate = Rate(optimizer(), TrainingSettings(schedule="plateau", warmup=0.5), total=20)

    values = fallen(rate, range(1, 11), [1.0] * 10)

    assert values == pytest.approx([PEAKS[0] * step / 10 for step in range(1, 11)])


def test_a_plateau_goes_on_where_it_was_in_another_optimizer():
    losses = [1.0] * 14
    whole = Rate(optimizer(), TrainingSettings(schedule="plateau", warmup=0.1), total=20)
    expected = fallen(whole, range(1, 15), losses)

    first = Rate(optimizer(), TrainingSettings(schedule="plateau", warmup=0.1), total=20)
    fallen(first, range(1, 8), losses[:7])
    adam = optimizer()
    second = Rate(adam, TrainingSettings(schedule="plateau", warmup=0.1), total=20)
    # gives the optimizer new groups, which a schedule that held on to the old ones would miss
    adam.load_state_dict(first.optimizer.state_dict())
    second.load_state_dict(first.state_dict())

    assert fallen(second, range(8, 15), losses[7:]) == expected[7:]
    assert len(set(expected)) > 2
