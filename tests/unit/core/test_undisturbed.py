import random

import pytest
import torch

from regard.core.randomness import reseed, undisturbed

CPU = torch.device("cpu")


def test_what_happens_inside_leaves_the_callers_randomness_alone():
    before = torch.get_rng_state()
    with undisturbed(CPU):
        reseed(CPU, 5)
        torch.rand(100)

    assert torch.equal(torch.get_rng_state(), before)


def test_it_does_so_when_something_fails():
    before = torch.get_rng_state()
    with pytest.raises(ZeroDivisionError), undisturbed(CPU):
        torch.rand(100)
        raise ZeroDivisionError

    assert torch.equal(torch.get_rng_state(), before)


def test_equal_seeds_draw_equal_numbers_and_others_others():
    drawn = []
    with undisturbed(CPU):
        for seed in (1, 2, 1, 2**63 - 1):
            reseed(CPU, seed)
            drawn.append(torch.rand(8))

    assert torch.equal(drawn[0], drawn[2])
    assert not torch.equal(drawn[0], drawn[1])
    assert not torch.equal(drawn[0], drawn[3])


def test_pythons_own_randomness_is_not_touched():
    state = random.getstate()
    with undisturbed(CPU):
        reseed(CPU, 5)

    assert random.getstate() == state
