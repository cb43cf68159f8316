import itertools
import math

import pytest
import torch

from regard.core.errors import InvalidOption
from regard.optimization import Schedule
from regard.optimization.schedule import PLATEAU_FACTOR, PLATEAU_PATIENCE, cosine_factor, warmup_factor

PLANS = [(0, 20), (1, 20), (5, 20), (19, 20), (20, 20), (10, 100)]


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


def fallen(schedule, steps, losses):
    """The factor at each step of 20, with an evaluation after it."""
    values = []
    for step, loss in zip(steps, losses, strict=True):
        values.append(schedule.factor(step, 20))
        schedule.observe(step, 20, loss)
    return values


@pytest.mark.parametrize("kind", ["cosine", "constant", "plateau"])
def test_every_schedule_warms_up_to_one(kind):
    schedule = Schedule(kind, warmup=0.2)

    assert [schedule.factor(step, 20) for step in (1, 2, 3, 4)] == [0.25, 0.5, 0.75, 1.0]


def test_a_constant_stays_at_its_peak_after_warmup():
    assert fallen(Schedule("constant", 0.1), range(2, 21), [1.0] * 19) == [1.0] * 19


def test_the_cosine_is_that_of_the_formula():
    schedule = Schedule("cosine", 0.25)

    assert [schedule.factor(step, 20) for step in range(1, 21)] == [
        cosine_factor(i, 5, 20) for i in range(1, 21)
    ]


def test_a_plateau_lowers_the_factor_once_patience_is_exhausted():
    worse = PLATEAU_PATIENCE + 1

    values = fallen(Schedule("plateau", 0), range(1, worse + 3), [1.0] * (worse + 2))

    assert values == [1.0] * (worse + 1) + [PLATEAU_FACTOR]


def test_a_falling_loss_never_lowers_the_factor():
    assert fallen(Schedule("plateau", 0), range(1, 21), [1 / step for step in range(1, 21)]) == [1.0] * 20


def test_losses_during_warmup_count_for_nothing():
    values = fallen(Schedule("plateau", 0.5), range(1, 11), [1.0] * 10)

    assert values == pytest.approx([step / 10 for step in range(1, 11)])


def test_a_plateau_is_that_of_torch():
    losses = [
        1.0,
        0.9,
        0.9,
        0.89999,
        0.95,
        0.9,
        0.8,
        0.8,
        0.8,
        0.8,
        0.8,
        0.8,
        0.8,
        0.8,
        0.1,
        0.2,
        0.3,
        0.3,
        0.3,
        0.3,
    ]
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=1.0)
    known = torch.optim.lr_scheduler.ReduceLROnPlateau(
        optimizer, factor=PLATEAU_FACTOR, patience=PLATEAU_PATIENCE
    )
    expected = []
    for loss in losses:
        expected.append(optimizer.param_groups[0]["lr"])
        known.step(loss)

    assert fallen(Schedule("plateau", 0), range(1, 21), losses) == expected
    assert len(set(expected)) > 3


def test_a_plateau_goes_on_where_it_was():
    expected = fallen(Schedule("plateau", 0.1), range(1, 15), [1.0] * 14)

    first, second = Schedule("plateau", 0.1), Schedule("plateau", 0.1)
    fallen(first, range(1, 8), [1.0] * 7)
    second.load_state_dict(first.state_dict())

    assert fallen(second, range(8, 15), [1.0] * 7) == expected[7:]
    assert len(set(expected)) > 2


@pytest.mark.parametrize("warmup", [-0.1, 1.5, float("nan")])
def test_an_impossible_warmup_is_refused(warmup):
    with pytest.raises(InvalidOption, match="warmup must be a share"):
        Schedule("cosine", warmup)
