import random
from dataclasses import replace

import numpy as np
import pytest
import torch
from task_cases import broken

from regard.core.errors import Corrupt, InvalidOption, MissingFile
from regard.core.spec import Spec
from regard.data.checking import TaskSubject
from regard.data.pairing import unpaired
from regard.data.text import split_words, standard_library, topics
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
    (Spec.of("retrieval", length=2_048, samples=200_000, held_out=50_000), "300,000", "4,096", "Lower"),
    (Spec.of("retrieval", folder=""), "folder is empty", "Name a folder"),
    (Spec.of("retrieval", form="diagonal"), "form", "diagonal"),
)


def passages(task, name):
    """For each pair the two passages as text, and the target."""
    samples = task.split(name)
    texts = [[f" {task.text(side)} " for side in pair] for pair in unpaired(samples)]
    return list(zip(texts, samples.targets.tolist(), strict=True))


@pytest.fixture(scope="module")
def known():
    """A task in which every word has a token, and what its passages are cut from."""
    documents = [f" {' '.join(split_words(text))} " for text in [*topics(), *standard_library()]]
    return Retrieval(vocabulary=100_000, **SMALL), documents


@pytest.mark.parametrize("name", ["validation", "test"])
def test_pairs_are_of_one_document_exactly_where_the_target_says_so(known, name):
    task, documents = known
    for pair, target in passages(task, name):
        first, second = ({i for i, text in enumerate(documents) if passage in text} for passage in pair)
        assert first
        assert second
        assert bool(first & second) == bool(target)


def test_no_passage_stands_in_a_document_of_another_split(known):
    task, documents = known
    for name, others in (("validation", ("test",)), ("test", ("validation",))):
        cut = {passage for pair, _ in passages(task, name) for passage in pair}
        foreign = {
            passage for other in ("train", *others) for pair, _ in passages(task, other) for passage in pair
        }
        read = [text for text in documents if any(passage in text for passage in foreign)]
        assert not any(passage in text for passage in cut for text in read)


def test_every_split_has_many_documents():
    task = Retrieval(samples=2_000, held_out=1_000)
    groups = [len(set(task.identities(task.split(name)))) for name in ("train", "validation", "test")]
    assert sum(groups) >= 100
    assert min(groups) >= 10


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


def test_a_document_that_is_there_twice_is_one_problem(folder):
    task = Retrieval(folder=str(folder), length=20, vocabulary=1_000, **SMALL)
    problems = [set(task.identities(task.split(name))) for name in ("train", "validation", "test")]
    assert sum(map(len, problems)) == len(set.union(*problems)) == 30


def test_documents_that_share_a_passage_lie_in_one_split_and_in_no_pair(tmp_path):
    for i in range(60):
        words = [f"w{i}x{j}" for j in range(40)]
        # every three documents quote the same
        quoted = [f"quoted{i // 3}x{j}" for j in range(32)]
        (tmp_path / f"{i}.txt").write_text(" ".join(words[:20] + quoted + words[20:]))
    task = Retrieval(folder=str(tmp_path), length=32, **SMALL)
    seen = [
        {
            word.split("x")[0]
            for pair, _ in passages(task, name)
            for p in pair
            for word in p.split()
            if "q" in word
        }
        for name in ("train", "validation", "test")
    ]
    assert [len(quotes) for quotes in seen] == [16, 2, 2]
    assert not (seen[0] & seen[1] or seen[0] & seen[2] or seen[1] & seen[2])
    for (first, second), target in passages(task, "test"):
        assert bool(target) or not set(first.split()) & set(second.split())


def test_the_law_of_splits_sees_a_passage_that_two_of_them_have():
    task = Retrieval(samples=2_000, held_out=500)
    each_for_itself = np.arange(len(task._documents))
    vars(task)["_sharing"] = replace(task._sharing, groups=each_for_itself)
    assert broken(TaskSubject(lambda: task), "disjoint_problems")


def test_documents_that_all_quote_one_another_are_refused(tmp_path):
    for i in range(60):
        (tmp_path / f"{i}.txt").write_text(" ".join(f"w{i + j}" for j in range(40)))
    with pytest.raises(
        InvalidOption, match=r"share 20 words in a row, so they are only 1 groups; at least 20"
    ):
        Retrieval(folder=str(tmp_path), length=20, **SMALL).split("train")


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
