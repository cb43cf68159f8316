import torch
from row_by_row import SIZE, drawn, masks
from torch.testing import assert_close

from regard.attention.kernels.placed import placed_scores
from regard.attention.kernels.scores import wide_scores

PARTS = "causal", "keys", "window", "segments", "slopes", "table"


def test_scores_of_some_places_are_those_of_all_places():
    streams = drawn(9)
    queries, keys = torch.tensor([[8, 0, 3], [1, 1, 5]]), torch.tensor([[2, 7], [4, 0]])
    pick = torch.arange(2)[:, None]
    q, k = (
        x.transpose(1, 2)[pick, at].transpose(1, 2) for x, at in ((streams.q, queries), (streams.k, keys))
    )

    for mask in masks(*PARTS, n=9).values():
        whole = wide_scores(streams.q, streams.k, mask, SIZE).movedim(1, 3)
        expected = whole[pick[:, :, None], queries[:, :, None], keys[:, None, :]].movedim(3, 1)
        assert_close(placed_scores(q, k, queries, keys, mask, SIZE), expected)
