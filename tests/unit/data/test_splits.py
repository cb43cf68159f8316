import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from regard.core.randomness import generator_of
from regard.data.splits import first_of_each, split_by_problem

NAMES = ["train", "validation", "test"]
problem_lists = st.lists(st.integers(-5, 40), min_size=1, max_size=200).map(torch.tensor)


@settings(deadline=None, max_examples=50)
@given(problem_lists, st.integers(0, 9))
def test_every_sample_lies_in_one_split_and_a_problem_too(problems, seed):
    parts = split_by_problem(problems, (0.6, 0.2, 0.2), generator_of(seed, "splits"))
    assert list(parts) == NAMES
    assert torch.cat(list(parts.values())).sort().values.tolist() == list(range(len(problems)))
    seen = [set(problems[part].tolist()) for part in parts.values()]
    assert sum(map(len, seen)) == len(set.union(*seen))


@settings(deadline=None, max_examples=50)
@given(problem_lists, st.integers(0, 9))
def test_a_border_is_missed_by_less_than_a_problem(problems, seed):
    parts = split_by_problem(problems, (0.6, 0.2, 0.2), generator_of(seed, "splits"))
    largest = int(torch.unique(problems, return_counts=True)[1].max())
    train, both = len(parts["train"]), len(parts["train"]) + len(parts["validation"])
    assert 0 <= train - round(0.6 * len(problems)) < largest
    assert 0 <= both - round(0.8 * len(problems)) < largest


def test_shares_are_exact_where_every_sample_is_a_problem():
    parts = split_by_problem(torch.arange(1000), (0.8, 0.1, 0.1), generator_of(0, "splits"))
    assert [len(parts[name]) for name in NAMES] == [800, 100, 100]


@settings(deadline=None, max_examples=50)
@given(st.lists(st.integers(0, 3), min_size=1, max_size=200).map(torch.tensor))
def test_every_stratum_is_divided_by_the_same_shares(strata):
    parts = split_by_problem(torch.arange(len(strata)), (0.5, 0.25, 0.25), generator_of(0, "splits"), strata)
    for stratum in strata.unique():
        count = int((strata == stratum).sum())
        assert (strata[parts["train"]] == stratum).sum() == round(0.5 * count)
        assert (strata[parts["test"]] == stratum).sum() == count - round(0.75 * count)


def test_a_problem_in_two_strata_still_lies_in_one_split():
    problems, strata = torch.arange(50).repeat(2), torch.tensor([1, 0]).repeat_interleave(50)
    parts = split_by_problem(problems, (0.5, 0.25, 0.25), generator_of(0, "splits"), strata)
    seen = [set(problems[part].tolist()) for part in parts.values()]
    assert sum(map(len, seen)) == 50


def test_the_stream_decides_which_problem_goes_where():
    first, again, other = (
        split_by_problem(torch.arange(100), (0.8, 0.1, 0.1), generator_of(seed, "splits"))
        for seed in (0, 0, 1)
    )
    assert torch.equal(first["test"], again["test"])
    assert not torch.equal(first["test"], other["test"])


@settings(deadline=None, max_examples=50)
@given(problem_lists)
def test_the_first_of_each_problem_is_found_in_order(problems):
    listed = problems.tolist()
    assert first_of_each(problems).tolist() == [i for i, p in enumerate(listed) if p not in listed[:i]]
