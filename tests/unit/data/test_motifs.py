import torch

from regard.core.randomness import generator_of
from regard.data.motifs import draw_different_motifs, draw_motifs, motifs, variety


def sizes(drawn, tokens):
    return (drawn < tokens).sum(-1)


def test_all_motifs_can_be_drawn_once():
    assert motifs(2) == 14
    drawn = draw_different_motifs(2, 50, 14, generator_of(0, "motifs"))
    assert all(len({tuple(motif) for motif in row}) == 14 for row in drawn.tolist())
    assert (sizes(drawn, 2).sort(1).values == torch.tensor([1] * 2 + [2] * 4 + [3] * 8)).all()


def test_padding_is_behind():
    drawn = draw_different_motifs(3, 200, 5, generator_of(0, "motifs"))
    assert ((drawn < 3).long().diff(dim=-1) <= 0).all()
    assert (drawn[..., 0] < 3).all()


def test_sizes_are_uniform_as_long_as_there_are_motifs_of_each():
    drawn = sizes(draw_different_motifs(8, 6_000, 12, generator_of(0, "motifs")), 8)
    shares = torch.stack([(drawn == size).double().mean(0) for size in (1, 2, 3)], 1)
    # even at the eighth place at most seven of eight motifs of one token are taken
    torch.testing.assert_close(shares[:8], torch.full((8, 3), 1 / 3).double(), atol=0.03, rtol=0)


def test_every_motif_of_a_size_is_equally_likely():
    drawn = draw_different_motifs(3, 27_000, 3, generator_of(0, "motifs")).flatten(0, 1)
    for size in (1, 2, 3):
        numbers = (drawn[sizes(drawn, 3) == size][:, :size] * 3 ** torch.arange(size)).sum(1)
        shares = numbers.bincount(minlength=3**size) / len(numbers)
        torch.testing.assert_close(shares * 3**size, torch.ones(3**size), atol=0.1, rtol=0)


def test_the_variety_is_that_of_random_motifs():
    drawn = draw_motifs(2, 100_000, 2, generator_of(0, "motifs"))
    equal = (drawn[:, 0] == drawn[:, 1]).all(1).double().mean().item()
    assert abs(1 / equal - variety(2)) < 1
