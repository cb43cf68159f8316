"""Pattern search, alone on a module."""

import copy
import itertools
import math

import pytest
import torch
from moving import bits, closure_of, same_bits, small_model
from torch import nn

from regard.core.errors import Corrupt, InvalidOption
from regard.derivative_free.stacked import Stacked
from regard.optimizers.pattern_search import PatternSearch

POLLS = ("first", "best_of_block", "complete", "hooke_jeeves")


def searching(steps=0, model=None, **options):
    model = small_model() if model is None else model
    closure = closure_of(model)
    search = PatternSearch(model.named_parameters(), **{"radius": 0.5, **options})
    for _ in range(steps):
        search.step(closure)
    return model, closure, search


@pytest.mark.parametrize("poll", POLLS)
def test_every_way_of_polling_descends_and_counts_what_it_asks(poll):
    model, closure, search = searching(poll=poll)
    before = float(closure())
    losses = [search.step(closure) for _ in range(60)]

    assert losses[-1] < before / 2
    assert losses == sorted(losses, reverse=True)
    assert losses[-1] == closure()
    assert search.evaluations == closure.calls - 2
    assert all(parameter.grad is None for parameter in model.parameters())


def test_the_first_improving_move_is_the_one_that_a_plain_loop_finds():
    model, closure, search = searching()
    mirror = copy.deepcopy(model)
    other = closure_of(mirror)
    numbers = [parameter.data for parameter in mirror.parameters()]
    best = float(other())
    for poll in range(12):
        order = search.poll.order.next(10**6).tolist()
        for number in order:
            place = search.space.place(number // 2)
            parameter = dict(zip(search.space.names, numbers, strict=True))[place.name].view(-1)
            saved = parameter[place.index].clone()
            parameter[place.index] += 0.5 if number % 2 == 0 else -0.5
            found = float(other())
            if found < best:
                best = found
                break
            parameter[place.index] = saved
        assert search.step(closure) == best, poll
        assert same_bits(bits(model), bits(mirror))


def test_a_failed_poll_halves_the_radius_and_changes_no_bit():
    model, closure, search = searching(radius=50.0, tolerance=1e6)
    before = bits(model)
    loss = search.step(closure)

    assert search.radius == 25.0
    assert search.evaluations == 1 + 2 * search.space.size
    assert same_bits(before, bits(model))
    assert loss == closure()


def test_a_step_ends_after_the_longest_poll_and_the_next_goes_on_at_the_same_move():
    _, closure, whole = searching(radius=50.0, tolerance=1e6)
    whole.step(closure)
    _, closure, search = searching(radius=50.0, tolerance=1e6, longest=10)
    for _ in range(6):
        search.step(closure)

    assert search.radius == 25.0
    assert search.evaluations == whole.evaluations
    assert search.poll.order.poll == whole.poll.order.poll == 1


@pytest.mark.parametrize("poll", POLLS)
@pytest.mark.parametrize("after", [0, 1, 7, 20])
def test_a_state_restored_anywhere_goes_on_the_same_way(poll, after):
    model, closure, search = searching(after, poll=poll, longest=13, block=5)
    kept, weights = copy.deepcopy(search.state_dict()), copy.deepcopy(model.state_dict())
    first = [search.step(closure) for _ in range(15)]
    again, closure, other = searching(poll=poll, longest=13, block=5, seed=3)
    again.load_state_dict(weights)
    other.load_state_dict(kept)

    assert [other.step(closure) for _ in range(15)] == first
    assert same_bits(bits(model), bits(again))
    assert other.evaluations == search.evaluations


@pytest.mark.parametrize("poll", POLLS)
def test_a_step_whose_confirmation_raises_can_be_asked_again(poll):
    def confirmed(place):
        """A search that confirms its moves by a closure that raises at that call of the second step."""
        model = small_model()
        closure = closure_of(model)

        def stacked(space):
            return Stacked(space, model, lambda called: closure_of(called, like=model)())

        search = PatternSearch(model.named_parameters(), 0, stacked, radius=0.5, poll=poll, block=5)
        search.step(closure)
        closure.calls = 0
        before, known = bits(model), str(search.state_dict())
        if place:
            with pytest.raises(KeyboardInterrupt):
                search.step(lambda: interrupted(closure, place))
            assert same_bits(before, bits(model))
            assert str(search.state_dict()) == known
        return [search.step(closure) for _ in range(3)], bits(model)

    def interrupted(closure, place):
        found = closure()
        if closure.calls == place:
            raise KeyboardInterrupt
        return found

    expected, end = confirmed(0)
    found, there = confirmed(1)
    assert found == expected
    assert same_bits(end, there)


def test_a_state_of_another_optimizer_is_refused():
    model, _, search = searching()

    with pytest.raises(Corrupt, match="holds no search"):
        search.load_state_dict(torch.optim.SGD(model.parameters(), lr=1).state_dict())


def test_below_the_least_radius_nothing_is_asked_any_more():
    _, closure, search = searching(radius=50.0, tolerance=1e6, least_radius=30.0)
    search.step(closure)
    calls, best = closure.calls, search.best

    assert search.step(closure) == best
    assert closure.calls == calls


def test_an_allowance_of_nothing_changes_nothing():
    model, closure, search = searching()
    before = bits(model)
    search.allowance = 0

    assert math.isnan(search.step(closure))
    assert (closure.calls, search.evaluations) == (0, 0)
    assert same_bits(before, bits(model))


@pytest.mark.parametrize("allowance", [1, 2, 3, 17])
@pytest.mark.parametrize("poll", POLLS)
def test_no_step_asks_for_more_than_it_is_allowed(allowance, poll):
    _, closure, search = searching(poll=poll, block=4)
    for _ in range(20):
        before, search.allowance = closure.calls, allowance
        search.step(closure)
        assert closure.calls - before <= allowance


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_a_loss_that_is_not_finite_is_never_accepted(bad):
    model, _, search = searching()
    before, calls = bits(model), itertools.count()

    search.step(lambda: 1.0 if not next(calls) else bad)

    assert same_bits(before, bits(model))
    assert search.accepted == 0


def test_from_a_loss_that_is_nan_any_finite_one_is_better():
    _, _, search = searching()
    calls = itertools.count()

    assert search.step(lambda: math.nan if next(calls) < 3 else 2.0) == 2.0
    assert search.accepted == 1


def test_key_by_key_only_named_parameters_move():
    model, _, _ = searching(30, only=("2.*",))
    untouched = small_model()

    assert same_bits(bits(model[0]), bits(untouched[0]))
    assert not same_bits(bits(model[2]), bits(untouched[2]))


def test_the_radius_of_a_tensor_is_in_proportion_to_it_and_zeros_move():
    model = small_model()
    nn.init.zeros_(model[0].bias)
    with torch.no_grad():
        model[2].weight.mul_(0.01)
    _, _, search = searching(model=model, scale="tensor", radius=1.0)
    reach = search._reach(torch.arange(search.space.size))

    assert reach[12:16].tolist() == [0.5] * 4
    assert reach[16] == model[2].weight.square().mean().sqrt()


def test_moves_that_lower_the_loss_too_little_are_not_made():
    _, closure, search = searching(tolerance=1e6)
    search.step(closure)
    assert search.accepted == 0

    _, closure, search = searching(decrease=1e6)
    search.step(closure)
    assert search.accepted == 0


def test_success_expands_the_radius():
    _, closure, search = searching(expansion=2.0, radius=0.01)
    search.step(closure)

    assert search.radius == 0.02


def test_on_fresh_batches_the_loss_is_asked_for_anew():
    model, closure, search = searching(batch="fresh", tolerance=1e6)
    search.step(closure)
    other = closure_of(model, seed=9)
    expected = float(other())

    assert search.step(other) == expected
    assert not search.abilities.fixed_batch


def test_it_finds_the_least_of_a_quadratic():
    point = nn.Parameter(torch.zeros(5, dtype=torch.float64))
    target = torch.tensor([0.3, -1.7, 2.2, 0.0, 5.5], dtype=torch.float64)
    search = PatternSearch([point], radius=1.0, least_radius=1e-4)
    while search.radius >= search.least_radius:
        search.step(lambda: nn.functional.mse_loss(point, target))

    assert (point - target).abs().max() < 1e-4
    assert search.evaluations < 1000


@pytest.mark.parametrize(
    "option", [{"radius": 0.0}, {"shrink": 1.0}, {"expansion": 0.5}, {"decrease": -1.0}, {"tolerance": -1.0}]
)
def test_options_outside_their_ranges_are_refused(option):
    with pytest.raises(InvalidOption, match=f"pattern_search: {next(iter(option))} must"):
        searching(**option)


def test_a_step_without_a_closure_is_refused():
    _, _, search = searching()

    with pytest.raises(InvalidOption, match="give step a closure"):
        search.step(None)


def test_it_takes_bare_parameters_and_half_precision():
    model = small_model(torch.bfloat16)
    search = PatternSearch(model.parameters(), radius=0.5)
    closure = closure_of(model)
    before = float(closure())
    for _ in range(40):
        search.step(closure)

    assert float(closure()) < before / 2
