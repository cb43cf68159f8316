"""A candidate is made on evidence from several batches: rarely for nothing, and surely where it helps."""

import itertools
import math

import pytest
import torch
from judged_apart import broken
from moving import bits, same_bits
from torch import nn

from regard.core.errors import InvalidOption
from regard.derivative_free.sequential import ConfidenceSequence, fewest
from regard.optimization.laws import OPTIMIZER_LAWS, OptimizerSubject
from regard.optimizers.pattern_search import PatternSearch

ALPHA = 0.05


class Peeking:
    """A planted fault: the bounds for a fixed number of differences, asked after each of them."""

    def __init__(self, alpha):
        self.seen = []

    def note(self, difference):
        self.seen.append(difference)

    @property
    def bounds(self):
        if len(self.seen) < 5:
            return -math.inf, math.inf
        seen = torch.tensor(self.seen)
        away = 1.96 * float(seen.std()) / len(seen) ** 0.5
        return float(seen.mean()) - away, float(seen.mean()) + away


def share_found_lower(kind, mean, sequences=1000, longest=40):
    """Of sequences of noisy differences of that mean, the share of which bounds ever say: below 0."""
    rng = torch.Generator().manual_seed(0)
    drawn = (mean + torch.randn(sequences, longest, generator=rng, dtype=torch.float64)) * 7
    return sum(_found_lower(kind(ALPHA), each) for each in drawn.tolist()) / sequences


def _found_lower(bounds, differences):
    for each in differences:
        bounds.note(each)
        if bounds.bounds[1] < 0:
            return True
    return False


def test_where_nothing_differs_a_mean_below_is_rarely_found_and_peeking_is_caught():
    assert share_found_lower(ConfidenceSequence, 0.0) <= ALPHA
    assert share_found_lower(Peeking, 0.0) > 2 * ALPHA


def test_a_mean_that_is_far_below_is_found_and_one_above_is_not():
    assert share_found_lower(ConfidenceSequence, -1.5) > 0.99
    assert share_found_lower(ConfidenceSequence, 0.5) == 0


def test_equal_differences_decide_as_soon_as_bounds_are_finite():
    bounds = ConfidenceSequence(ALPHA)
    for _ in range(fewest(ALPHA) - 1):
        bounds.note(-0.25)
        assert bounds.bounds == (-math.inf, math.inf)
    bounds.note(-0.25)
    assert bounds.bounds == (-0.25, -0.25)


class Noisy:
    """The squared distance of three numbers from 0, which each batch sees somewhere else."""

    def __init__(self, start):
        self.point = nn.Parameter(torch.full((3,), start, dtype=torch.float64))
        self.batch = 0
        self.calls = 0

    def batches(self):
        """A closure for each step, on a batch of its own."""
        rng = torch.Generator().manual_seed(0)
        while True:
            seen = 0.5 * torch.randn(3, generator=rng, dtype=torch.float64)
            yield lambda seen=seen: self._on(seen)

    @property
    def true(self):
        """The mean loss, but for a constant."""
        return float(self.point.detach().square().sum())

    def _on(self, seen):
        self.calls += 1
        return (self.point - seen).square().sum()


def searched(tests, start, steps):
    """The noisy loss after so many steps, and how many moves were made and how many of them made it worse."""
    noisy = Noisy(start)
    search = PatternSearch([noisy.point], radius=0.1, batch="fresh", tests=tests)
    worse = 0
    for closure in itertools.islice(noisy.batches(), steps):
        before = noisy.true
        search.step(closure)
        worse += noisy.true > before
    assert search.evaluations == noisy.calls
    return noisy, search.accepted, worse


def test_a_single_batch_makes_worsening_moves_and_several_do_not():
    _, _, worse = searched(1, 0.0, 200)
    assert worse > 50
    noisy, _, worse = searched(20, 0.0, 2000)
    assert worse <= 0.05 * 2000 / 20
    assert noisy.true <= 0.04


def test_with_several_batches_it_still_descends():
    noisy, accepted, _ = searched(40, 3.0, 1500)
    assert accepted > 20
    assert noisy.true < 27 / 10


@pytest.mark.parametrize("after", [0, 3, 9, 30])
def test_a_state_restored_anywhere_goes_on_the_same_way(after):
    def searching(seed):
        noisy = Noisy(1.0)
        return noisy, PatternSearch([noisy.point], seed, radius=0.2, batch="fresh", tests=8)

    noisy, search = searching(0)
    closures = noisy.batches()
    for closure in itertools.islice(closures, after):
        search.step(closure)
    other, again = searching(5)
    other.point.data.copy_(noisy.point.data)
    again.load_state_dict(search.state_dict())
    rest = [search.step(closure) for closure in itertools.islice(closures, 40)]
    theirs = list(itertools.islice(other.batches(), after, after + 40))

    assert [again.step(closure) for closure in theirs] == rest
    assert same_bits(bits([noisy.point]), bits([other.point]))


def test_it_keeps_the_laws_of_optimizers():
    # but for the minimum, which takes more losses where each move is compared on several batches
    names = [name for name in OPTIMIZER_LAWS.names() if name != "minimum"]
    subject = OptimizerSubject(PatternSearch, {"batch": "fresh", "tests": 8})
    assert broken(OPTIMIZER_LAWS, subject, names) == []


def test_a_candidate_that_is_not_finite_is_dropped():
    noisy = Noisy(1.0)
    search = PatternSearch([noisy.point], batch="fresh", tests=8)
    search.step(next(noisy.batches()))
    assert search.poll.candidate is not None
    calls = itertools.count()
    search.step(lambda: math.nan if next(calls) else 1.0)
    assert search.poll.candidate is None
    assert search.accepted == 0


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"tests": 0}, "at least 1"),
        ({"tests": 8}, "need batch=fresh"),
        ({"tests": 8, "batch": "fresh", "poll": "complete"}, "poll=first"),
        ({"tests": 3, "batch": "fresh"}, "6 or more"),
        ({"alpha": 1.0}, "alpha must lie"),
    ],
)
def test_options_that_decide_nothing_are_refused(options, said):
    with pytest.raises(InvalidOption, match=said):
        PatternSearch([nn.Parameter(torch.zeros(2))], **options)
