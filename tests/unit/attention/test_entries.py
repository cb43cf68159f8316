import pytest
import torch
from torch.testing import assert_close

from regard.attention.kernels.entries import SMALL, Entries


def normed(x):
    return x / (x.square().mean(-1, keepdim=True) + SMALL).sqrt()


def test_with_equal_scores_an_entry_is_the_mean_of_its_block_with_each_part_normalized():
    content = torch.randn(2, 1, 7, 5)
    means = content[:, :, :6].reshape(2, 1, 2, 3, 5).mean(3)

    made = Entries(3, (3, 2))(content, torch.zeros(2, 1, 7, 5), 0)

    assert_close(made, torch.cat([normed(means[..., :3]), normed(means[..., 3:])], -1))


def test_each_feature_shares_out_for_itself():
    content, score = torch.randn(1, 1, 3, 2), torch.zeros(1, 1, 3, 2)
    score[..., 0, 0] = score[..., 2, 1] = 1e4

    made = Entries(3, (2,))(content, score, 0)

    assert_close(made[0, 0, 0], normed(torch.stack([content[0, 0, 0, 0], content[0, 0, 2, 1]])))


def test_with_overlap_the_block_before_takes_part_by_its_first_half_of_features():
    content, entries = torch.randn(1, 1, 6, 2).double(), Entries(3, (1,), overlap=True).double()
    entries.gain.data.fill_(2.0)
    torch.nn.init.zeros_(entries.place)

    # without the norm: SMALL is small, and what is left of one feature is its sign
    made = entries(content, torch.zeros_like(content), 0)[0, 0, :, 0]
    first = content[0, 0, :3, 1].mean()
    second = (content[0, 0, :3, 0].sum() + content[0, 0, 3:, 1].sum()) / 6

    assert_close(made, 2 * normed(torch.stack([first, second])[:, None])[:, 0])


@pytest.mark.parametrize("overlap", [False, True])
def test_entries_gone_on_with_are_those_made_at_once(overlap):
    entries, features = Entries(3, (2, 2), overlap=overlap), 4 * (1 + overlap)
    content, score = torch.randn(2, 1, 13, features), torch.randn(2, 1, 13, features)
    at_once = entries(content, score, 0)

    before = entries.before(7)
    first = 6 - before
    later = entries(content[:, :, first:], score[:, :, first:], before)

    assert_close(later, at_once[:, :, 2:])
