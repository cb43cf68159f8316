import pytest
import torch
from row_by_row import SIZE, counted_matmul_flops, drawn, exponential, masks, read_by_row, stepped

from regard.attention import Mask
from regard.attention.laws import Subject, judge
from regard.attention.scores import safe_softmax, scaled_scores
from regard.core.errors import InvalidOption
from regard.mechanisms.softmax import Softmax
from regard.mechanisms.top_k import TopK

PARTS = "causal", "keys", "edges", "window", "slopes"


def softmax_of_the_largest(scores, keep):
    kept = sorted(range(len(scores)), key=lambda j: -scores[j])[:keep]
    weights = torch.zeros_like(scores)
    weights[kept] = exponential(scores[kept])
    return weights


class ChosenBeforeHidden(TopK):
    """Planted: hidden keys take places among the largest, and are hidden only afterwards."""

    def forward(self, q, k, v, mask):
        scores = scaled_scores(q, k, Mask())
        lost = scores < scores.topk(self.keep).values[..., -1:]
        return safe_softmax(scaled_scores(q, k, mask).masked_fill(lost, -torch.inf)) @ mask.readable(v)


@pytest.mark.parametrize("keep", [1, 3, 50])
@pytest.mark.parametrize("part", ["no mask", *PARTS, "all"])
def test_it_is_the_softmax_of_the_largest_scores_of_a_row(part, keep):
    q, k, v = drawn(9, 12)
    mask = masks(*PARTS, n=9, m=12)[part]
    expected = read_by_row(q, k, v, mask, lambda scores: softmax_of_the_largest(scores, keep))

    torch.testing.assert_close(TopK(SIZE, keep=keep)(q, k, v, mask), expected)


@pytest.mark.parametrize("law", ["causality_loud", "padding_content"])
def test_choosing_before_hiding_is_caught(law):
    assert judge(Subject(ChosenBeforeHidden), law).outcome == "broken"
    assert judge(Subject(TopK), law).outcome == "holds"


def test_a_row_reads_as_many_keys_as_it_keeps_or_as_there_are():
    q, k, _ = drawn(9)
    weights = TopK(SIZE, keep=4).weights(q, k, Mask(causal=True))

    assert (weights > 0).sum(-1)[0, 0].tolist() == [1, 2, 3, 4, 4, 4, 4, 4, 4]


def test_equal_scores_are_all_kept_in_any_order():
    q, k, v = drawn(6)
    same = k[:, :, :1].expand_as(k)

    torch.testing.assert_close(TopK(SIZE, keep=2)(q, same, v), v.mean(2, keepdim=True).expand(-1, -1, 6, -1))


def test_keeping_all_keys_is_softmax_attention():
    q, k, v = drawn(9, 12)

    torch.testing.assert_close(TopK(SIZE, keep=12)(q, k, v), Softmax(SIZE)(q, k, v))


def test_one_position_at_a_time_is_causal_attention():
    top, (q, k, v) = TopK(SIZE, keep=3), drawn(9)

    torch.testing.assert_close(stepped(top, q, k, v), top(q, k, v, Mask(causal=True)))


def test_keeping_no_key_is_refused():
    with pytest.raises(InvalidOption, match="top_k: keep must be at least 1, not 0"):
        TopK(SIZE, keep=0)


def test_the_formula_counts_the_products_that_torch_counts():
    assert TopK(SIZE).cost(6, 11).matmul_flops == counted_matmul_flops(TopK(SIZE), 6, 11)
