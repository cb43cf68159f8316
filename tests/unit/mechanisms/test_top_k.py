import pytest
import torch
from row_by_row import (
    EVERY_PART,
    SIZE,
    drawn,
    exponential,
    masks,
    read_by_row,
    under,
)

from regard.attention import Mask
from regard.attention.kernels.scores import safe_softmax, scaled_scores
from regard.core.errors import InvalidOption
from regard.mechanisms.softmax import Softmax
from regard.mechanisms.top_k import TopK


def softmax_of_the_largest(scores, keep):
    kept = sorted(range(len(scores)), key=lambda j: -scores[j])[:keep]
    weights = torch.zeros_like(scores)
    weights[kept] = exponential(scores[kept])
    return weights


class ChosenBeforeHidden(TopK):
    """Planted: hidden keys take places among the largest, and are hidden only afterwards."""

    def forward(self, streams, mask):
        scores = scaled_scores(streams.q, streams.k, Mask(), self.size)
        lost = scores < scores.topk(self.keep).values[..., -1:]
        shown = scaled_scores(streams.q, streams.k, mask, self.size).masked_fill(lost, -torch.inf)
        return safe_softmax(shown) @ mask.readable(streams.v)


@pytest.mark.parametrize("keep", [1, 3, 50])
@under(*EVERY_PART)
def test_it_is_the_softmax_of_the_largest_scores_of_a_row(part, keep):
    streams, mask = drawn(9, 12), masks(*EVERY_PART, n=9, m=12)[part]
    expected = read_by_row(streams, mask, lambda scores: softmax_of_the_largest(scores, keep))

    torch.testing.assert_close(TopK(SIZE, keep=keep)(streams, mask), expected)


@pytest.mark.parametrize("part", ["causal", "keys"])
def test_choosing_before_hiding_is_caught(part):
    streams, mask = drawn(9), masks(part, n=9)[part]
    expected = read_by_row(streams, mask, lambda scores: softmax_of_the_largest(scores, 3))

    assert not torch.allclose(ChosenBeforeHidden(SIZE, keep=3)(streams, mask), expected)


def test_a_row_reads_as_many_keys_as_it_keeps_or_as_there_are():
    weights = TopK(SIZE, keep=4).weights(drawn(9), Mask(causal=True))

    assert (weights > 0).sum(-1)[0, 0].tolist() == [1, 2, 3, 4, 4, 4, 4, 4, 4]


def test_equal_scores_are_all_kept_in_any_order():
    streams = drawn(6)
    same = streams.replace(k=streams.k[:, :, :1].expand_as(streams.k))
    mean = streams.v.mean(2, keepdim=True).expand(-1, -1, 6, -1)

    torch.testing.assert_close(TopK(SIZE, keep=2)(same), mean)


def test_keeping_all_keys_is_softmax_attention():
    streams = drawn(9, 12)

    torch.testing.assert_close(TopK(SIZE, keep=12)(streams), Softmax(SIZE)(streams))


def test_keeping_no_key_is_refused():
    with pytest.raises(InvalidOption, match="top_k: keep must be at least 1, not 0"):
        TopK(SIZE, keep=0)
