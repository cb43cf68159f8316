import torch

from regard.core.randomness import generator_of
from regard.data.automata import languages
from regard.data.word_source import WordSource
from regard.data.word_splits import Words


def words(name, each=200):
    source = WordSource.of(languages()[name], 24)
    return Words.drawn(source, source.lengths(2, 24), each, generator_of(0, "words"))


def test_all_words_are_dealt_and_none_to_two_splits():
    drawn = words("dyck1")
    parts = drawn.divided(generator_of(0, "parts")).values()
    assert sum(len(part.rows) for part in parts) == len(drawn.rows)
    seen = [set(map(tuple, part.rows.tolist())) for part in parts]
    assert sum(map(len, seen)) == len(set.union(*seen))


def test_a_length_of_few_words_lies_in_one_split_and_any_other_in_all():
    parts = words("dyck1").divided(generator_of(0, "parts")).values()
    for length in range(2, 25, 2):
        kinds = [part.inside[part.lengths == length].unique().tolist() for part in parts]
        # there are 5 balanced words of 6 brackets, and 14 of 8
        having = [kind for kind in kinds if kind]
        assert having == [[False, True]] * (1 if length <= 6 else 3)


def test_where_all_lengths_have_few_words_each_split_gets_one():
    for seed in range(10):
        parts = words("abab").divided(generator_of(seed, "parts")).values()
        assert [len(part.lengths.unique()) for part in parts] == [4, 1, 1]


def test_words_are_repeated_only_where_all_have_been_taken():
    drawn = words("shuffle2")
    rows = drawn[drawn.lengths == 24].balanced(400, generator_of(0, "balanced"))
    assert len(torch.unique(rows, dim=0)) == 400
    assert (
        len(torch.unique(drawn[drawn.lengths == 24].balanced(4_000, generator_of(0, "balanced")), dim=0))
        == 400
    )
