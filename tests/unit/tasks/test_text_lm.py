import math
import pydoc_data.topics
import random

import pytest
import torch

from regard.core.errors import Corrupt, InvalidOption, MissingFile
from regard.core.spec import Spec
from regard.tasks.text_lm import BLOCK, TextLm

VARIANTS = (
    Spec("text_lm"),
    Spec.of("text_lm", level="byte", length=64, data_seed=1),
)
REFUSED = (
    (Spec.of("text_lm", length=1), "length", "2 and 16,384", "1"),
    (Spec.of("text_lm", length=10**6), "length", "1,000,000"),
    (Spec.of("text_lm", level="word"), "level", "word", "character"),
)
NAMES = ("train", "validation", "test")


def text_of(size, alphabet="abcdefgh"):
    """Letters without rule."""
    return "".join(random.Random(0).choices(alphabet, k=size))


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "größe.txt"
    path.write_text(text_of(9 * BLOCK * 40), "utf-8")
    return path


def test_the_splits_are_the_whole_text_cut_into_windows():
    task = TextLm(length=100)
    text = "\n".join(pydoc_data.topics.topics[name] for name in sorted(pydoc_data.topics.topics))
    windows = [text[i : i + 101] for i in range(0, len(text) - 100, 101)]
    found = [
        task._read([row[0], *target])
        for name in NAMES
        for row, target in zip(
            task.split(name).inputs.tolist(), task.split(name).targets.tolist(), strict=True
        )
    ]
    assert sum("\ufffd" in window for window in found) < 20
    assert len(found) == len(windows)
    assert set(windows) >= {window for window in found if "\ufffd" not in window}


def test_the_targets_are_the_inputs_one_place_on(file):
    samples = TextLm(file=str(file), length=8).split("train")
    assert torch.equal(samples.inputs[:, 1:], samples.targets[:, :-1])


def test_shares_are_kept():
    task = TextLm()
    sizes = torch.tensor([len(task.split(name)) for name in NAMES]).double()
    torch.testing.assert_close(sizes / sizes.sum(), torch.tensor([0.8, 0.1, 0.1]).double(), atol=0.02, rtol=0)


def test_equal_windows_lie_in_one_split(tmp_path):
    path = tmp_path / "repeats.txt"
    path.write_text(text_of(9 * BLOCK * 20) * 2)
    task = TextLm(file=str(path), length=8)
    seen = [set(task.identities(task.split(name))) for name in NAMES]
    assert not (seen[0] & seen[1] or seen[0] & seen[2] or seen[1] & seen[2])


def test_characters_that_training_lacks_are_unknown(file):
    strange = text_of(9 * BLOCK * 4, "日本語のテキスト")
    file.write_text(text_of(9 * BLOCK * 36) + strange, "utf-8")
    tasks = [TextLm(file=str(file), length=8, data_seed=seed) for seed in range(4)]
    for task in tasks:
        vocabulary = task.shape.input.vocabulary
        assert all(task.split(name).inputs.max() < vocabulary for name in NAMES)
        assert task.split("train").inputs.min() > 0


def test_bits_are_those_of_the_likelihood(file):
    task = TextLm(file=str(file), length=8)
    samples = task.split("test")
    vocabulary = task.shape.input.vocabulary
    even = lambda inputs, keys=None: torch.zeros(*inputs.shape, vocabulary)  # noqa: E731
    assert task.details(even, samples)["bits"].tolist() == pytest.approx(
        [math.log2(vocabulary)] * len(samples)
    )


def test_files_that_are_no_text_are_one_line(tmp_path, file):
    with pytest.raises(MissingFile, match=r"Correct its name"):
        TextLm(file=str(tmp_path / "nowhere")).split("train")
    for content in ("", "short"):
        file.write_text(content)
        with pytest.raises(InvalidOption, match="Give a longer file"):
            TextLm(file=str(file)).split("train")
    file.write_bytes(b"abc\xff" * 10_000)
    with pytest.raises(Corrupt, match="byte 3 is 0xff"):
        TextLm(file=str(file)).split("train")
    file.write_bytes(b"abc\x00" * 10_000)
    with pytest.raises(Corrupt, match="zero byte"):
        TextLm(file=str(file)).split("train")
