"""Work that is counted and not timed."""

import pytest
import torch

from regard.attention.checking.largest_tensor import LargestTensor
from regard.attention.checking.work import Work


def counted(use):
    with Work() as work:
        use()
    return work


@pytest.fixture
def x():
    return torch.ones(10, 20)


def test_an_operation_on_each_number_counts_once(x):
    assert counted(lambda: x.exp() + x).operations == 2 * 200


def test_a_sum_counts_what_it_reads(x):
    assert counted(x.sum).operations == 200


def test_a_softmax_is_five_operations_and_a_normalization_six(x):
    assert counted(lambda: x.softmax(-1)).operations == 5 * 200
    assert counted(lambda: torch.layer_norm(x, (20,))).operations == 6 * 200


def test_matrix_products_views_copies_and_comparisons_are_no_operations(x):
    work = counted(
        lambda: (x @ x.mT, x[2:], x.view(-1), x.clone(), x > 0, torch.zeros(7), x.masked_fill(x > 0, 1))
    )

    assert work.operations == 0
    assert work.touched > 100 + 200 + 200


def test_a_triangular_system_goes_through_a_row_for_each_number(x):
    triangle = torch.eye(10)

    assert counted(lambda: torch.linalg.solve_triangular(triangle, x, upper=False)).operations == 10 * 200


def test_the_fused_kernel_counts_its_scores_and_skips_what_lies_ahead():
    q = torch.randn(1, 2, 40, 8)
    attention = torch.nn.functional.scaled_dot_product_attention

    assert counted(lambda: attention(q, q, q)).operations == 5 * 2 * 40 * 40
    assert counted(lambda: attention(q, q, q, is_causal=True)).operations == 5 * 2 * 40 * 41 // 2


def test_a_loop_over_views_is_seen_by_its_calls(x):
    work = counted(lambda: [x[i] for i in range(10)])

    assert work.operations == 0 and work.touched >= 10


def test_a_view_of_what_was_given_is_not_the_largest_tensor(x):
    with LargestTensor() as alone:
        x[:1] + 1
    with LargestTensor(x) as given:
        x[:1] + 1

    assert (alone.numbers, given.numbers) == (200, 20)


def test_a_sum_of_distances_goes_through_the_features_of_every_pair(x):
    assert counted(lambda: torch.cdist(x, x, p=1)).operations == 3 * 20 * 10 * 10
