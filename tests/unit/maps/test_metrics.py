import math

import pytest
import torch
from torch.testing import assert_close

from regard.maps import metrics

N = 12
CAUSAL = torch.ones(N, N, dtype=torch.bool).tril()
ALL = torch.ones(N, N, dtype=torch.bool)
UNIFORM = CAUSAL.double() / CAUSAL.sum(-1, keepdim=True)
APART = (torch.arange(N).unsqueeze(1) - torch.arange(N)).abs().double()
TOKENS = torch.arange(N) % 6


def reading(*, offset):
    """A head that reads the position so far before its own, or the first one."""
    p = torch.zeros(N, N, dtype=torch.float64)
    for i in range(N):
        p[i, max(i - offset, 0)] = 1
    return p


def test_a_uniform_head_has_an_entropy_and_a_distance_of_1():
    assert metrics.entropy(UNIFORM, CAUSAL).item() == pytest.approx(1)
    assert metrics.relative_distance(UNIFORM, APART, CAUSAL).item() == pytest.approx(1)


def test_a_head_that_reads_one_key_has_an_entropy_of_0_and_all_confidence():
    one = reading(offset=1)

    assert metrics.entropy(one, CAUSAL).item() == 0
    assert metrics.confidence(one).item() == 1
    assert metrics.relative_distance(one, APART, CAUSAL).item() < 0.5


def test_entropy_is_that_of_the_share_that_is_read():
    assert_close(metrics.entropy(UNIFORM / 3, CAUSAL), metrics.entropy(UNIFORM, CAUSAL))


def test_planted_heads_are_found_and_no_others():
    heads = torch.stack([reading(offset=0), reading(offset=1), reading(offset=5), reading(offset=6)])
    found = {
        "itself": metrics.itself(heads),
        "previous": metrics.previous(heads),
        "induction": metrics.induction(heads, 6),
        "duplicate": metrics.duplicate(heads, TOKENS),
    }

    for place, (name, values) in enumerate(found.items()):
        assert values[place] > 0.99, name
        others = [values[other] for other in range(4) if other != place]
        assert max(others) < 0.2, name


def test_distance_is_in_the_unit_that_is_given():
    assert metrics.distance(reading(offset=1)[1:], 16 * APART[1:]).item() == 16


def test_the_mass_at_some_places_is_that_of_queries_elsewhere():
    first = torch.arange(N) == 0
    assert metrics.at(reading(offset=N), first).item() == 1
    assert metrics.at(torch.eye(N), first).item() == 0
    assert metrics.at(torch.full((3, N), 1 / N), first).item() == pytest.approx(1 / N)


def test_rows_that_read_less_than_all_read_nothing_for_the_rest():
    assert metrics.nothing(0.25 * UNIFORM).item() == pytest.approx(0.75)


def test_rank_is_that_of_equal_singular_values():
    assert metrics.effective_rank(torch.eye(N)).item() == pytest.approx(N)
    assert metrics.effective_rank(torch.ones(N, N)).item() == pytest.approx(1, abs=1e-3)
    two = torch.diag(torch.tensor([1.0, 1.0] + [0.0] * (N - 2)))
    assert metrics.effective_rank(two).item() == pytest.approx(2)


def test_signs_and_sums():
    signed = torch.tensor([[3.0, -1.0], [0.0, 4.0]])
    assert metrics.negative_mass(signed).item() == pytest.approx(1 / 8)
    assert metrics.row_sum_spread(signed).item() == pytest.approx(1)
    assert metrics.row_sum_spread(UNIFORM).item() == pytest.approx(0, abs=1e-12)


def test_where_no_row_can_say_anything_the_number_is_none():
    assert math.isnan(metrics.duplicate(UNIFORM, torch.arange(N)))


EACH = {
    "entropy": lambda p: metrics.entropy(p, ALL),
    "distance": lambda p: metrics.relative_distance(p, APART, ALL),
    "duplicate": lambda p: metrics.duplicate(p, TOKENS),
    "induction": lambda p: metrics.induction(p, 6),
    "at": lambda p: metrics.at(p, TOKENS == 0),
    **{
        name: getattr(metrics, name)
        for name in ("itself", "previous", "confidence", "nothing", "effective_rank", "negative_mass")
    },
}


@pytest.mark.parametrize("metric", EACH.values(), ids=EACH)
def test_a_metric_changes_nothing_and_takes_heads_one_by_one(metric):
    maps = torch.rand(2, 3, N, N, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    kept = maps.clone()

    found = metric(maps)

    assert torch.equal(maps, kept)
    assert found.shape == (2, 3)
    assert_close(found[1, 2], metric(maps[1, 2]))
