import torch
from torch.testing import assert_close

from regard.attention.kernels.indexer import divergence, index_scores, largest

ALL = torch.ones(1, 1, 2, 3, dtype=torch.bool)


def test_a_score_is_the_weighted_sum_of_what_the_heads_find_fitting():
    q = torch.tensor([[[[1.0, 0, 0, 0, 2.0, 0, 0, 0]]]])
    weight, k = torch.tensor([[[[3.0, -1.0]]]]), torch.tensor([[[[4.0, 0, 0, 0], [-4.0, 0, 0, 0]]]])

    # 3 · 4 / 2 - 1 · 8 / 2, and nothing of what points away
    assert_close(index_scores(q, weight, k), torch.tensor([[[[2.0, 0.0]]]]))


def test_of_equal_scores_the_later_counts_as_larger():
    scores = torch.tensor([[[[1.0, 5.0, 1.0, 1.0]]]])

    assert largest(scores, 2).tolist() == [[[[3, 1]]]]
    assert largest(scores, 9).tolist() == [[[[0, 2, 3, 1]]]]


def test_the_divergence_is_0_where_the_index_says_what_the_heads_do():
    scores = torch.randn(1, 1, 2, 3)

    assert_close(divergence(scores.softmax(-1).expand(1, 4, 2, 3), scores, ALL), torch.zeros(()))


def test_only_what_is_readable_and_queries_that_are_real_count():
    weights, scores = torch.tensor([[[[0.25, 0.75, 0.0], [1.0, 0, 0]]]]), torch.zeros(1, 1, 2, 3)
    readable = torch.tensor([[[[True, True, False], [True, True, True]]]])

    apart = divergence(weights, scores, readable, torch.tensor([[[True, False]]]))

    assert_close(apart, torch.tensor([0.25, 0.75]) @ torch.tensor([0.5, 1.5]).log())


def test_a_query_that_reads_nothing_adds_nothing_and_no_nan():
    scores = torch.full((1, 1, 2, 3), -torch.inf, requires_grad=True)

    apart = divergence(torch.zeros(1, 2, 2, 3), scores, ~ALL)
    apart.backward()

    assert apart == 0
    assert (scores.grad == 0).all()
