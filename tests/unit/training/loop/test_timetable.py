import itertools

import pytest

from regard.core.settings import TrainingSettings
from regard.training.loop.timetable import REPORT_EVERY, Timetable

SETTINGS = [
    TrainingSettings(epochs=epochs, batch=batch, steps=steps, evaluate_every=every, checkpoint_every=kept)
    for epochs, batch, steps, every, kept in itertools.product(
        (1, 3), (7, 100), (None, 1, 25), (None, 1, 4, 1000), (None, 2)
    )
]


def stops(timetable):
    step = 0
    while step < timetable.total:
        step = timetable.next_stop(step)
        yield step


@pytest.mark.parametrize("settings", SETTINGS)
def test_every_report_evaluation_and_checkpoint_is_a_stop_and_nothing_else(settings):
    timetable = Timetable.of(settings, samples=100)

    wanted = [
        step
        for step in range(1, timetable.total + 1)
        if step % REPORT_EVERY == 0 or timetable.evaluates_at(step) or timetable.keeps_at(step)
    ]
    assert list(stops(timetable)) == wanted


@pytest.mark.parametrize("settings", SETTINGS)
def test_the_last_step_is_evaluated_and_never_exceeded(settings):
    timetable = Timetable.of(settings, samples=100)

    assert list(stops(timetable))[-1] == timetable.total
    assert timetable.evaluates_at(timetable.total)


def test_an_epoch_covers_the_samples_that_fill_no_batch():
    assert Timetable.of(TrainingSettings(batch=30), samples=100).per_epoch == 4


def test_without_a_period_there_is_one_evaluation_per_epoch():
    timetable = Timetable.of(TrainingSettings(epochs=3, batch=10), samples=100)

    assert [step for step in range(1, 31) if timetable.evaluates_at(step)] == [10, 20, 30]


def test_steps_only_ever_shorten_a_training():
    short = Timetable.of(TrainingSettings(epochs=2, batch=10, steps=5), samples=100)
    long = Timetable.of(TrainingSettings(epochs=2, batch=10, steps=500), samples=100)

    assert (short.total, long.total) == (5, 20)


def test_checkpoints_are_kept_at_the_ends_of_epochs():
    timetable = Timetable.of(TrainingSettings(epochs=6, batch=10, checkpoint_every=2), samples=100)

    assert [step for step in range(1, 61) if timetable.keeps_at(step)] == [20, 40, 60]
