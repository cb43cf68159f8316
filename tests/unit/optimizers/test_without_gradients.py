"""Every optimizer of the catalog that steps by a closure, alone on a module."""

import copy
import math

import pytest
import torch
from moving import bits, closure_of, same_bits, small_model
from torch import nn

from regard.optimization import ClosureOptimizer
from regard.optimizers import OPTIMIZERS

PARTS = {name: OPTIMIZERS.find(name) for name in OPTIMIZERS.names()}
NAMES = [name for name, part in PARTS.items() if issubclass(part, ClosureOptimizer)]
every = pytest.mark.parametrize("name", NAMES)


def made(name, model=None, seed=0, **options):
    model = small_model() if model is None else model
    return model, closure_of(model), PARTS[name](model.named_parameters(), seed, **options)


@every
def test_it_descends_and_counts_every_call(name):
    model, closure, search = made(name)
    before = closure().item()
    while search.evaluations < 1000:
        search.step(closure)

    assert closure.calls == search.evaluations + 1
    assert closure().item() < 0.6 * before
    assert all(each.grad is None for each in model.parameters())


@every
@pytest.mark.parametrize("after", [0, 1, 3])
def test_a_state_restored_anywhere_goes_on_the_same_way(name, after):
    model, closure, search = made(name)
    for _ in range(after):
        search.step(closure)
    kept, weights = copy.deepcopy(search.state_dict()), copy.deepcopy(model.state_dict())
    first = [search.step(closure) for _ in range(6)]
    again = small_model()
    again.load_state_dict(weights)
    _, closure, other = made(name, again, seed=5)
    other.load_state_dict(kept)

    assert [other.step(closure) for _ in range(6)] == first
    assert same_bits(bits(model), bits(again))


@every
def test_an_allowance_of_nothing_changes_nothing(name):
    model, closure, search = made(name)
    before = bits(model)
    search.allowance = 0

    assert math.isnan(search.step(closure))
    assert closure.calls == 0
    assert same_bits(before, bits(model))


@every
def test_where_every_loss_is_nan_no_weight_becomes_nan(name):
    model, _, search = made(name)
    for _ in range(3):
        # read, because a method without a copy of the weights looks who reads them
        search.step(lambda: next(iter(model.parameters())).sum() * math.nan)

    assert all(each.isfinite().all() for each in model.parameters())


@every
def test_frozen_empty_and_tied_parameters_and_half_precision_are_taken(name):
    model = nn.ModuleDict({"a": nn.Linear(3, 3), "b": nn.Linear(3, 3), "c": nn.Linear(3, 2)}).bfloat16()
    model["b"].weight = model["a"].weight
    model["b"].bias.requires_grad_(False)
    model["a"].bias = nn.Parameter(torch.empty(0, dtype=torch.bfloat16))
    frozen = bits([model["b"].bias])
    x = torch.randn(8, 3, generator=torch.Generator().manual_seed(0)).bfloat16()

    def closure():
        return model["c"](model["b"](x @ model["a"].weight.T).tanh()).square().mean()

    search = PARTS[name](model.named_parameters(), 0)
    for _ in range(5):
        search.step(closure)

    assert same_bits(frozen, bits([model["b"].bias]))
    assert all(each.dtype == torch.bfloat16 and each.isfinite().all() for each in model.parameters())


@every
def test_a_seed_decides_and_the_global_generator_is_left_alone(name):
    taken = []
    for _ in range(2):
        model, closure, search = made(name)
        state = torch.get_rng_state()
        for _ in range(4):
            search.step(closure)
        assert torch.equal(state, torch.get_rng_state())
        taken.append(bits(model))

    assert same_bits(*taken)
