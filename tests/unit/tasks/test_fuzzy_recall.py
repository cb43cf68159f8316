import pytest
import torch

from regard.core.spec import Spec
from regard.data.samples import Samples
from regard.tasks.fuzzy_recall import FuzzyRecall

SMALL = {"samples": 800, "held_out": 300}
VARIANTS = (
    Spec("fuzzy_recall"),
    Spec.of("fuzzy_recall", SMALL, form="masked", vocabulary=9, pairs=3, data_seed=1),
)
REFUSED = (
    (Spec.of("fuzzy_recall", vocabulary=3), "vocabulary", "3"),
    (Spec.of("fuzzy_recall", pairs=1), "pairs", "1"),
    (Spec.of("fuzzy_recall", vocabulary=4, pairs=15), "14 different keys, too few", "`pairs`"),
    (Spec.of("fuzzy_recall", vocabulary=4, pairs=2, samples=10**6), "40,000", "1,002,000", "Raise"),
    (Spec.of("fuzzy_recall", samples=10**6, pairs=900, vocabulary=64), "Lower"),
    (Spec.of("fuzzy_recall", form="diagonal"), "form", "diagonal"),
)


def parsed(task, row):
    """Keys and values by the change between the halves, written anew."""
    text = "".join("k" if t < task.half else "v" for t in row)
    motifs, start = [], 0
    for i in range(1, len(row) + 1):
        if i == len(row) or text[i] != text[i - 1]:
            motifs.append(tuple(row[start:i]))
            start = i
    return motifs


def test_the_answer_is_the_value_of_the_key_asked_for():
    task = FuzzyRecall(**SMALL)
    samples = task.split("train")
    for name, targets in zip(task.identities(samples), samples.targets.tolist(), strict=True):
        *pairs, asked = parsed(task, [int(token) for token in name.split()])
        keys, values = pairs[::2], pairs[1::2]
        assert len(set(keys)) == len(keys) == 6
        assert [t for t in targets if t >= 0] == [*values[keys.index(asked)], task.end]


def test_motifs_have_one_to_three_tokens():
    task = FuzzyRecall(**SMALL)
    sizes = [
        len(m)
        for name in task.identities(task.split("train"))
        for m in parsed(task, list(map(int, name.split())))
    ]
    assert set(sizes) == {1, 2, 3}


@pytest.mark.parametrize(
    "options",
    [{"vocabulary": 4, "pairs": 14}, {"pairs": 60}, {"pairs": 584}, {"vocabulary": 9_999, "pairs": 1_000}],
)
def test_many_keys_are_all_different(options):
    task = FuzzyRecall(samples=20, held_out=5, **options)
    samples = task.split("train")
    for name in task.identities(samples):
        keys = parsed(task, [int(token) for token in name.split()])[:-1:2]
        assert len(set(keys)) == len(keys) == task.pairs
    assert torch.equal(task.solve(samples), samples.targets)


def test_a_key_that_begins_another_is_not_taken_for_it():
    task = FuzzyRecall(vocabulary=8, pairs=2, samples=50, held_out=5)
    tokens = [0, 1, 4, 0, 5, 5, 0]
    row = torch.full((1, task.writing.length), task.padding)
    row[0, task.writing.question - 1 - len(tokens) : task.writing.question - 1] = torch.tensor(tokens)
    solved = task.solve(Samples(row, torch.zeros_like(row)))
    assert [t for t in solved[0].tolist() if t >= 0] == [5, 5, task.end]
