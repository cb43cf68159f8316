import itertools
import re

import pytest
import torch

from regard.data.automata import languages
from regard.data.word_source import WordSource

PATTERNS = {
    "tomita1": r"1*",
    "tomita2": r"(10)*",
    "tomita7": r"0*1*0*1*",
    "abab": r"(abab)*",
    "d2": r"(\((\(\))*\))*",
}


def nested(word, deepest, kinds="()"):
    height = 0
    for letter in word:
        height += (letter == kinds[0]) - (letter == kinds[1])
        if not 0 <= height <= deepest:
            return False
    return height == 0


RULES = {
    "tomita3": lambda w: not re.search(r"(^|[^1])1(11)*0(00)*($|[^0])", w),
    "tomita4": lambda w: "000" not in w,
    "tomita5": lambda w: w.count("0") % 2 == 0 and w.count("1") % 2 == 0,
    "tomita6": lambda w: (w.count("0") - w.count("1")) % 3 == 0,
    "parity": lambda w: w.count("1") % 2 == 0,
    "d4": lambda w: nested(w, 4),
    "dyck1": lambda w: nested(w, 99),
    "shuffle2": lambda w: nested(w, 99) and nested(w, 99, "[]"),
    "anbncn": lambda w: w == "a" * (len(w) // 3) + "b" * (len(w) // 3) + "c" * (len(w) // 3),
}


def inside(name, word):
    return re.fullmatch(PATTERNS[name], word) is not None if name in PATTERNS else RULES[name](word)


@pytest.mark.parametrize("name", languages())
def test_every_short_word_is_told_as_its_definition_tells_it(name):
    language = languages()[name]
    longest = {2: 9, 3: 6, 4: 5}[len(language.letters)]
    source = WordSource.of(language, longest)
    for length in range(1, longest + 1):
        words = torch.tensor(list(itertools.product(range(len(language.letters)), repeat=length)))
        expected = [inside(name, "".join(language.letters[t] for t in word)) for word in words.tolist()]
        assert source.contains(words).tolist() == expected


def test_words_of_a_length_are_all_drawn_and_alike():
    source = WordSource.of(languages()["dyck1"], 8)
    words = source.draw(torch.full((20_000,), 8), True, torch.Generator().manual_seed(0))
    _, counts = torch.unique(words, dim=0, return_counts=True)
    assert len(counts) == 14  # the Catalan number
    torch.testing.assert_close(counts / 20_000, torch.full((14,), 1 / 14), atol=0.008, rtol=0)


@pytest.mark.parametrize("name", languages())
def test_drawn_words_are_what_they_are_drawn_for(name):
    source = WordSource.of(languages()[name], 30)
    rng = torch.Generator().manual_seed(0)
    lengths = source.lengths(2, 30)
    chosen = lengths[torch.randint(len(lengths), (300,), generator=rng)]
    assert source.contains(source.draw(chosen, True, rng)).all()
    assert not source.contains(source.draw(chosen, False, rng)).any()
    near = source.near_misses(chosen, rng)
    assert not source.contains(near).any()
    assert torch.equal((near < source.letters).sum(1), chosen)


def test_long_words_are_drawn_too():
    source = WordSource.of(languages()["shuffle2"], 200)
    words = source.draw(torch.tensor([200, 100]), True, torch.Generator().manual_seed(0))
    assert source.contains(words).all()


def test_half_of_the_near_misses_keep_the_counts_of_the_letters():
    source = WordSource.of(languages()["dyck1"], 24)
    near = source.near_misses(torch.full((2_000,), 24), torch.Generator().manual_seed(0))
    assert ((near == 0).sum(1) == 12).double().mean() == pytest.approx(0.5, abs=0.05)


def test_no_state_is_kept_from_which_counters_cannot_come_home():
    # a height or two that add up to at most half the length, and the end of all hope
    _, accepting = languages()["shuffle2"].table(400)
    assert len(accepting) == 201 * 202 // 2 + 1
    _, accepting = languages()["dyck1"].table(1_000)
    assert len(accepting) == 501 + 1
