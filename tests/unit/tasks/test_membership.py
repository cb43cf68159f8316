from typing import get_args

import pytest
import torch

from regard.core.errors import InvalidOption
from regard.core.spec import Spec
from regard.data.automata import languages
from regard.tasks.membership import Membership, Name

SPLITS = ("train", "validation", "test")
SMALL = {"samples": 1_000, "held_out": 200}
VARIANTS = (
    Spec("membership"),
    Spec.of("membership", SMALL, language="tomita5", form="causal", data_seed=1),
    Spec.of("membership", SMALL, language="shuffle2", longest=12, farthest=12),
)
REFUSED = (
    (Spec.of("membership", longest=1), "longest", "4 and 512", "1"),
    (Spec.of("membership", shortest=0), "shortest", "0"),
    (Spec.of("membership", farthest=10), "farthest", "24 and 512", "10"),
    (Spec.of("membership", samples=1), "samples", "1"),
    (Spec.of("membership", samples=10**6, longest=500, farthest=500), "letters", "Lower"),
    (Spec.of("membership", language="tomita8"), "language", "tomita8"),
    (Spec.of("membership", form="diagonal"), "form", "diagonal"),
)


def test_the_option_names_every_language():
    assert set(get_args(Name)) == set(languages())


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("language", languages())
def test_splits_share_no_word_even_where_words_are_few(language, seed):
    # of (abab)* there is one word to every fourth length
    task = Membership(language=language, data_seed=seed, samples=300, held_out=100)
    seen = []
    for name in SPLITS:
        samples = task.split(name)
        assert torch.equal(samples.targets, task.solve(samples))
        seen.append(set(task.identities(samples)))
    assert not (seen[0] & seen[1] or seen[0] & seen[2] or seen[1] & seen[2])
    (beyond,) = task.beyond().values()
    assert beyond.keys.sum(1).min() > 24


@pytest.mark.parametrize("language", languages())
def test_every_length_has_as_many_words_inside_as_outside(language):
    task = Membership(language=language, samples=600, held_out=200)
    for samples in (*map(task.split, SPLITS), *task.beyond().values()):
        lengths = samples.keys.sum(1)
        inside, outside = (lengths[samples.targets == kind].bincount(minlength=49) for kind in (1, 0))
        assert torch.equal(inside, outside)


def test_every_split_has_words_of_every_length_that_has_many():
    # there are 14 balanced words of 8 brackets, and 5 of 6
    for name in SPLITS:
        lengths = Membership().split(name).keys.sum(1).unique().tolist()
        assert set(range(8, 25, 2)) <= set(lengths) <= set(range(2, 25, 2))


def test_counting_brackets_does_not_tell_every_word():
    samples = Membership().split("test")
    equal = (samples.inputs == 0).sum(1) == (samples.inputs == 1).sum(1)
    assert 0.78 < (equal.long() == samples.targets).double().mean() < 0.9


def test_any_number_of_samples_is_what_was_asked_for():
    for samples, held_out in ((11, 11), (50, 1_000)):
        task = Membership(samples=samples, held_out=held_out)
        assert [len(task.split(name)) for name in SPLITS] == [samples, held_out, held_out]
        assert [len(beyond) for beyond in task.beyond().values()] == [held_out]


def test_too_few_words_are_refused_when_they_are_asked_for():
    with pytest.raises(InvalidOption, match="too few words of 2 to 7 letters for three splits"):
        Membership(language="abab", longest=7, **SMALL).split("train")
    with pytest.raises(InvalidOption, match=r"no length from 5 to 5 .* Raise `longest`"):
        Membership(shortest=5, longest=5, **SMALL).split("train")


def test_a_set_beyond_without_words_names_its_option():
    with pytest.raises(InvalidOption, match=r"no length from 25 to 25 .* Raise `farthest`"):
        Membership(farthest=25, **SMALL).beyond()


def test_padding_is_hidden():
    samples = Membership(**SMALL).split("train")
    assert torch.equal(samples.keys, samples.inputs < 2)
