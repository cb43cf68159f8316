import torch

from regard.data.spoiling import exchanged, replaced

ROWS = torch.tensor([[0, 1, 2, 0], [1, 1, 3, 3], [2, 0, 3, 3], [0, 3, 3, 3]]).repeat(200, 1)
"""Of 3 tokens, padded behind."""


def rng():
    return torch.Generator().manual_seed(0)


def test_as_many_tokens_as_asked_for_are_replaced_and_no_padding():
    for count in (1, 2):
        rows = ROWS[torch.arange(len(ROWS)) % 4 < 3]
        changed = replaced(rows, 3, rng(), count)
        assert ((changed != rows).sum(1) == count).all()
        assert torch.equal(changed == 3, rows == 3)


def test_two_different_tokens_are_exchanged():
    changed = exchanged(ROWS, 3, rng())
    assert torch.equal(changed.sort(1).values, ROWS.sort(1).values)
    assert torch.equal(changed == 3, ROWS == 3)
    assert (changed != ROWS).sum(1).view(-1, 4).unique(dim=0).tolist() == [[2, 0, 2, 0]]
