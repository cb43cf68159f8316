import random

import pytest
import torch

from regard.core.errors import Corrupt, InvalidOption, MissingFile
from regard.core.spec import Spec
from regard.data.pairing import unpaired
from regard.data.text import split_words, topics
from regard.tasks.retrieval import FEWEST, Retrieval

SMALL = {"samples": 600, "held_out": 100}
VARIANTS = (
    Spec.of("retrieval", samples=2_000, held_out=500),
    Spec.of("retrieval", SMALL, length=40, form="causal", data_seed=1),
    Spec.of("retrieval", SMALL, level="byte", length=128, form="joined"),
)
REFUSED = (
    (Spec.of("retrieval", length=1), "length", "4 and 2,048", "1"),
    (Spec.of("retrieval", samples=10**7), "samples", "10,000,000"),
    (Spec.of("retrieval", held_out=0), "held_out", "0"),
    (Spec.of("retrieval", vocabulary=10), "vocabulary", "10"),
    (Spec.of("retrieval", level="character"), "level", "character"),
    (Spec.of("retrieval", form="diagonal"), "form", "diagonal"),
)


def sources(task, name):
    """For each pair the documents that hold the first and the second passage."""
    documents = [f" {' '.join(split_words(text))} " for text in topics()]
    samples = task.split(name)
    for pair, target in zip(unpaired(samples).tolist(), samples.targets.tolist(), strict=True):
        passages = [f" {task._encoding.decode(side)} " for side in pair]
        yield [{i for i, text in enumerate(documents) if passage in text} for passage in passages], target


def test_passages_are_of_one_document_where_the_target_says_so():
    task = Retrieval(**SMALL)
    found = list(sources(task, "test"))
    assert all(first & second for (first, second), target in found if target)
    assert sum(not first & second for (first, second), target in found if not target) > 40


def test_splits_have_documents_of_their_own():
    task = Retrieval(**SMALL)
    seen = [set(), set()]
    for documents, name in zip(seen, ("validation", "test"), strict=True):
        for passages, _ in sources(task, name):
            documents.update(*(p for p in passages if len(p) == 1))
    assert not seen[0] & seen[1]


def test_two_passages_of_a_document_do_not_overlap():
    samples = Retrieval(**SMALL).split("train")
    same = unpaired(samples)[samples.targets == 1]
    assert not any(torch.equal(first, second) for first, second in same)


def test_words_that_no_training_document_holds_have_tokens():
    task = Retrieval(**SMALL)
    trained, tested = (set(task.split(name).inputs.flatten().tolist()) for name in ("train", "test"))
    assert len(tested - trained) > 20


@pytest.fixture
def folder(tmp_path):
    """Thirty documents, each of words of its own, and two of them twice."""
    for i in range(32):
        rng = random.Random(i % 30)
        words = [f"wört{i % 30}x{rng.randrange(20)}" for _ in range(60)]
        (tmp_path / f"{i}.txt").write_text(" ".join(words), "utf-8")
    return tmp_path


def test_documents_of_a_folder(folder):
    samples = Retrieval(folder=str(folder), length=20, vocabulary=1_000, **SMALL).split("train")
    for pair, target in zip(unpaired(samples), samples.targets, strict=True):
        assert bool(torch.isin(pair[0], pair[1]).any()) == bool(target)


def test_a_document_that_is_there_twice_is_one(folder):
    assert len(Retrieval(folder=str(folder), length=20, **SMALL)._documents) == 30


@pytest.mark.parametrize("count", range(FEWEST, FEWEST + 10))
def test_few_documents_are_enough_for_every_split(tmp_path, count):
    for i in range(count):
        (tmp_path / f"{i}.txt").write_text(" ".join(f"w{i}x{j}" for j in range(40)), "utf-8")
    task = Retrieval(folder=str(tmp_path), length=20, **SMALL)
    assert all(task.split(name).targets.float().mean() == 0.5 for name in ("train", "validation", "test"))


def test_a_folder_with_too_little_text_is_refused(folder, tmp_path):
    with pytest.raises(InvalidOption, match="0 of 32 documents have room"):
        Retrieval(folder=str(folder), length=64, **SMALL).split("train")
    (empty := tmp_path / "empty").mkdir()
    with pytest.raises(MissingFile, match=r"holds no file \*\.txt"):
        Retrieval(folder=str(empty)).split("train")
    with pytest.raises(MissingFile, match="no folder"):
        Retrieval(folder=str(tmp_path / "nowhere")).split("train")
    (folder / "0.txt").write_bytes(b"\xff\xfe")
    with pytest.raises(Corrupt, match="UTF-8"):
        Retrieval(folder=str(folder)).split("train")
