import gc
import time
import weakref

import pytest
import torch
from tiny_task import Reverse, Stripes

from regard.data.samples import Samples
from regard.training.parts.batches import Batches

CPU = torch.device("cpu")


def numbered(count):
    """Samples that can be told apart."""
    return Samples(torch.arange(count).unsqueeze(1), torch.zeros(count, dtype=torch.int64))


def epoch(batches, number):
    steps = range(number * batches.per_epoch + 1, (number + 1) * batches.per_epoch + 1)
    return torch.cat([batches.at(step).inputs.flatten() for step in steps]).tolist()


@pytest.mark.parametrize("size", [1, 7, 10, 48, 100])
def test_every_epoch_sees_every_sample_once(size):
    batches = Batches(Reverse(), numbered(48), seed=0, size=size, device=CPU)

    for number in range(3):
        assert sorted(epoch(batches, number)) == list(range(48))


def test_epochs_and_seeds_have_their_own_order():
    batches = Batches(Reverse(), numbered(48), seed=0, size=10, device=CPU)
    orders = [epoch(batches, 0), epoch(batches, 1), epoch(Batches(Reverse(), numbered(48), 1, 10, CPU), 0)]

    assert len({tuple(order) for order in orders}) == 3


def test_a_step_sees_the_same_whatever_came_before():
    samples = Stripes().split("train")
    forward, backward = (Batches(Stripes(), samples, seed=0, size=10, device=CPU) for _ in range(2))

    there = {step: forward.at(step) for step in range(1, 16)}
    back = {step: backward.at(step) for step in range(15, 0, -1)}

    assert all(torch.equal(there[step].inputs, back[step].inputs) for step in there)
    assert all(torch.equal(there[step].targets, back[step].targets) for step in there)


def test_augmentation_is_drawn_anew_each_epoch():
    samples = Stripes().split("train")
    batches = Batches(Stripes(), samples, seed=0, size=len(samples), device=CPU)
    first, second = (batches.at(step) for step in (1, 2))

    assert not torch.equal(first.inputs.flatten().sort().values, second.inputs.flatten().sort().values)


def test_the_order_does_not_touch_the_callers_randomness():
    before = torch.get_rng_state()
    Batches(Stripes(), Stripes().split("train"), seed=0, size=10, device=CPU).at(1)

    assert torch.equal(torch.get_rng_state(), before)


class Slow(Stripes):
    """Its augmentation takes as long as a step."""

    def augment(self, samples, rng):
        time.sleep(0.05)
        return super().augment(samples, rng)


def test_the_next_batch_is_made_while_a_step_is_under_way():
    task = Slow()
    batches = Batches(task, Stripes().split("train"), seed=0, size=10, device=CPU)
    batches.at(1)
    waited = 0.0
    for step in range(2, 6):
        time.sleep(0.08)  # the step
        start = time.perf_counter()
        batches.at(step)
        waited += time.perf_counter() - start

    assert waited < 0.1  # and not 4 × 0.05


class Broken(Stripes):
    def augment(self, samples, rng):
        raise ValueError("an odd image")


def test_a_closed_source_of_batches_lives_on_in_no_thread_and_no_cycle():
    batches = Batches(Stripes(), Stripes().split("train"), seed=0, size=10, device=CPU)
    batches.at(1)
    batches.close()
    known = weakref.ref(batches)
    gc.disable()
    try:
        del batches
        assert known() is None
    finally:
        gc.enable()


def test_what_goes_wrong_ahead_of_a_step_is_raised_in_it():
    batches = Batches(Broken(), Stripes().split("train"), seed=0, size=10, device=CPU)
    with pytest.raises(ValueError, match="an odd image"):
        batches.at(1)
