import math
import random
import time

import numpy as np
import pytest
import torch

from regard.core.errors import Corrupt, InvalidOption, MissingFile
from regard.core.spec import Spec
from regard.data.text import topics, without_repeats
from regard.tasks.text_lm import TextLm

VARIANTS = (
    Spec("text_lm"),
    Spec.of("text_lm", level="byte", length=64),
)
SPLIT_NAMES = ("train", "validation", "test")
REFUSED = (
    (Spec.of("text_lm", length=1), "length", "2 and 16,384", "1"),
    (Spec.of("text_lm", length=10**6), "length", "1,000,000"),
    (Spec.of("text_lm", level="word"), "level", "word", "character"),
    (Spec.of("text_lm", file=""), "file is empty", "Name a text file"),
)


def text_of(size, alphabet="abcdefgh"):
    """Letters without rule."""
    return "".join(random.Random(0).choices(alphabet, k=size))


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "größe.txt"
    path.write_text(text_of(9 * 600), "utf-8")
    return path


def windows(task, name):
    """The windows of a split as text."""
    samples = task.split(name)
    return [
        task.text(torch.cat([row[:1], targets]))
        for row, targets in zip(samples.inputs, samples.targets, strict=True)
    ]


def test_the_splits_are_the_text_in_order_but_for_windows_that_come_again():
    task = TextLm(length=100)
    text = without_repeats("\n\n".join(topics()))
    count = len(text) // 101
    cut = [text[i * 101 : (i + 1) * 101] for i in range(count)]
    borders = [0, round(0.8 * count), round(0.9 * count), count]
    for name, low, high in zip(SPLIT_NAMES, borders, borders[1:], strict=False):
        later = "".join(cut[high:])
        left = [window for window in cut[low:high] if window[1:] not in later and window[:-1] not in later]
        assert len(left) > 0.99 * (high - low)
        found = windows(task, name)
        assert len(found) == len(left)
        assert all(a == b or "\ufffd" in a for a, b in zip(found, left, strict=True))


def test_the_targets_are_the_inputs_one_place_on(file):
    samples = TextLm(file=str(file), length=8).split("train")
    assert torch.equal(samples.inputs[:, 1:], samples.targets[:, :-1])


@pytest.mark.parametrize("level", ["character", "byte"])
def test_what_stands_in_a_later_split_is_not_learned_wherever_it_stands(tmp_path, level):
    text = text_of(9 * 600)
    # quotations that begin anywhere in a window and end there
    text += "".join(text[i * 97 % 4_000 :][: 9 + i % 20] for i in range(60)) * 2
    (tmp_path / "text.txt").write_text(text)
    task = TextLm(file=str(tmp_path / "text.txt"), length=8, level=level)
    count = len(text) // 9
    for name, border in (("train", round(0.8 * count)), ("validation", round(0.9 * count))):
        learned, unseen = windows(task, name), text[9 * border : 9 * count]
        assert learned
        assert not any(window[1:] in unseen or window[:-1] in unseen for window in learned)
    assert len(task.split("test")) == count - border
    assert len(task.split("train")) < round(0.8 * count)


@pytest.mark.parametrize("text", ["the same line again\n" * 500, text_of(9_000, "ab")])
def test_a_text_that_repeats_itself_is_refused(tmp_path, text):
    (tmp_path / "log.txt").write_text(text)
    with pytest.raises(InvalidOption, match=r"no window of train is left.*Raise `length`"):
        TextLm(file=str(tmp_path / "log.txt"), length=4).split("test")


def test_characters_that_training_lacks_are_unknown(file):
    file.write_text(text_of(9 * 540) + text_of(9 * 60, "日本語のテキスト"), "utf-8")
    task = TextLm(file=str(file), length=8)
    assert task.shape.input.vocabulary == 9
    assert task.split("train").inputs.min() > 0
    assert (task.split("test").inputs == 0).all()
    assert task.show(task.split("test"), 0) == "\ufffd" * 9


def test_a_large_text_takes_seconds(tmp_path):
    rng = np.random.default_rng(0)
    (tmp_path / "large.txt").write_bytes(rng.integers(97, 123, 5 * 10**6, np.uint8).tobytes())
    start = time.process_time()
    assert len(TextLm(file=str(tmp_path / "large.txt"), length=1_000).split("train")) > 3_900
    assert time.process_time() - start < 30


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
