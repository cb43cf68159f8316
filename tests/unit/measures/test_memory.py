"""Peaks of live storages, against sums that can be done by hand: a number takes 4 bytes."""

import torch
from torch.utils._python_dispatch import TorchDispatchMode

from regard.measures.memory import LiveStorages, method, peak_bytes

KILO = torch.zeros(1000)
"""4,000 bytes that are there before."""


def followed() -> LiveStorages:
    return LiveStorages(known={KILO.untyped_storage()._cdata})


def test_what_is_freed_no_longer_counts_but_the_peak_remains():
    with followed() as mode:
        first = KILO + 1
        second = KILO + 2
        del first
        third = KILO + 3

    assert (mode.live, mode.peak) == (8000, 8000)
    del second, third
    assert (mode.live, mode.peak) == (0, 8000)


def test_temporaries_count_while_they_live():
    with followed() as mode:
        result = ((KILO + 1) * 2) - 3

    # each step holds its input and its output
    assert (mode.live, mode.peak) == (4000, 8000)
    del result


def test_a_view_holds_its_whole_storage_and_counts_once():
    with followed() as mode:
        whole = KILO + 1
        view = whole.view(10, 100)[3]
        del whole

        assert mode.live == 4000
        del view
    assert (mode.live, mode.peak) == (0, 4000)


def test_a_view_of_what_was_there_before_does_not_count():
    with followed() as mode:
        KILO.view(10, 100).mul_(1)

    assert mode.peak == 0


def test_what_autograd_keeps_is_alive_until_the_backward_pass():
    weight = torch.ones(1000, requires_grad=True)
    with LiveStorages({weight.untyped_storage()._cdata}) as mode:
        # exp keeps its result; the product is kept by the square; the sum is one number
        loss = (weight.exp() * 2).square().sum()
        kept = mode.live
        loss.backward()
        del loss

    assert 8000 <= kept <= 12100
    assert mode.live == weight.grad.nbytes


def test_in_evaluation_nothing_is_kept():
    with torch.inference_mode(), followed() as mode:
        x = KILO
        for _ in range(20):
            x = x + 1

    assert mode.peak == 8000


def test_the_peak_has_what_is_held_and_what_is_made():
    assert peak_bytes(lambda: KILO + 1, [KILO, KILO.view(10, 100)]) == 8000
    assert peak_bytes(lambda: None, [KILO]) == 4000
    assert peak_bytes(lambda: None, []) == 0


def test_the_peak_grows_with_the_square_of_a_matrix_of_scores():
    def scores(n: int) -> int:
        x = torch.zeros(n, 4)
        return peak_bytes(lambda: x @ x.T, [x])

    assert scores(400) - 400 * 4 * 4 == 400 * 400 * 4
    assert scores(800) > 3.9 * scores(400)


def test_adding_up_all_that_was_ever_made_would_be_caught():
    class Total(TorchDispatchMode):
        total = 0

        def __torch_dispatch__(self, func, types, args=(), kwargs=None):
            made = func(*args, **(kwargs or {}))
            self.total += made.nbytes
            return made

    def chain() -> None:
        x = KILO
        for _ in range(20):
            x = x + 1

    with Total() as planted:
        chain()

    assert planted.total == 20 * 4000
    assert peak_bytes(chain, []) == 8000


def test_the_method_is_told():
    assert "live" in method(torch.device("cpu"))
    assert "CUDA" in method(torch.device("cuda"))
