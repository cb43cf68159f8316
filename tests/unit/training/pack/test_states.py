import torch

from regard.training.pack.states import slice_of, stack_of


def remembered(value, steps=3):
    """What an optimizer like Adam remembers of one model."""
    return {
        "state": {0: {"step": torch.tensor(float(steps)), "mean": torch.full((2, 3), value)}},
        "param_groups": [{"lr": 0.1, "betas": (0.9, 0.999), "params": [0]}],
    }


def equal(first, second):
    if isinstance(first, torch.Tensor):
        return torch.equal(first, second)
    if isinstance(first, dict):
        return first.keys() == second.keys() and all(equal(first[key], second[key]) for key in first)
    if isinstance(first, list | tuple):
        return len(first) == len(second) and all(map(equal, first, second))
    return first == second


def test_what_was_stacked_comes_back_seed_by_seed():
    states = [remembered(1.0), remembered(2.0)]
    stacked = stack_of(states)

    assert equal(slice_of(stacked, 0), states[0])
    assert equal(slice_of(stacked, 1), states[1])


def test_moments_are_stacked_and_the_count_of_steps_is_shared():
    of_first = stack_of([remembered(1.0), remembered(2.0)])["state"][0]

    assert of_first["mean"].shape == (2, 2, 3)
    assert of_first["step"].ndim == 0


def test_numbers_of_no_dimension_that_differ_are_no_count():
    stacked = stack_of([torch.tensor(1.0), torch.tensor(2.0)])

    assert stacked.tolist() == [1.0, 2.0]
    assert slice_of(stacked, 1) == 2.0
