import torch
from torch.testing import assert_close

from regard.attention.kernels.indexer import divergence, index_scores, largest


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

    assert_close(divergence(scores.softmax(-1).expand(1, 4, 2, 3), scores), torch.zeros(()))


def test_each_head_of_scores_is_compared_with_as_many_heads_of_weights():
    scores = torch.randn(1, 2, 3, 4, generator=torch.Generator().manual_seed(0))
    weights = torch.randn(1, 6, 3, 4, generator=torch.Generator().manual_seed(1)).softmax(-1)
    apart = [divergence(weights[:, 3 * c : 3 * c + 3], scores[:, c : c + 1]) for c in range(2)]

    assert_close(divergence(weights, scores), torch.stack(apart).mean())


def test_only_what_has_a_score_and_queries_that_are_real_count():
    weights = torch.tensor([[[[0.125, 0.375, 0.5], [1.0, 0, 0]]]])
    scores = torch.tensor([[[[0.0, 0.0, -torch.inf], [0.0, 0.0, 0.0]]]])

    apart = divergence(weights, scores, torch.tensor([[[True, False]]]))

    assert_close(apart, torch.tensor([0.25, 0.75]) @ torch.tensor([0.5, 1.5]).log())


def test_a_query_that_reads_nothing_adds_nothing_and_no_nan():
    scores = torch.full((1, 1, 2, 3), -torch.inf, requires_grad=True)

    apart = divergence(torch.zeros(1, 2, 2, 3), scores)
    apart.backward()

    assert apart == 0
    assert (scores.grad == 0).all()
