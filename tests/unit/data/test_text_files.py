"""Texts that are read from files."""

import random

import pytest

from regard.core.errors import Corrupt, MissingFile
from regard.data.text import text_of, texts_in
from regard.data.text.rows import text_in
from regard.tasks.text_lm import TextLm

MARK = b"\xef\xbb\xbf"


def test_a_byte_order_mark_is_no_part_of_a_text(tmp_path):
    (tmp_path / "a.txt").write_bytes(MARK + "Żółw \ufeff".encode())
    assert text_of(tmp_path / "a.txt") == "Żółw \ufeff"
    assert text_in("\ufeffŻółw", "x") == "Żółw"


@pytest.mark.parametrize("level", ["character", "byte"])
def test_a_language_is_the_same_with_and_without_the_mark(tmp_path, level):
    text = "".join(random.Random(0).choices("abcdefgżół ", k=3_000)).encode()
    for name, content in (("plain", text), ("marked", MARK + text)):
        (tmp_path / f"{name}.txt").write_bytes(content)
    plain, marked = (
        TextLm(file=str(tmp_path / f"{n}.txt"), level=level, length=8) for n in ("plain", "marked")
    )
    assert plain.shape == marked.shape
    assert plain.content == marked.content


def test_the_texts_of_a_folder_are_neither_hidden_nor_of_another_kind(tmp_path):
    for name in ("b.TXT", "a.txt", "._a.txt", "c.md", ".ipynb_checkpoints"):
        (tmp_path / name).write_text(name)
    (tmp_path / "d.txt").mkdir()
    assert texts_in(tmp_path) == ["a.txt", "b.TXT"]
    with pytest.raises(MissingFile, match=r"holds no file \*\.txt"):
        texts_in(tmp_path / "d.txt")


def test_what_is_no_text_is_refused(tmp_path):
    for value, words in ((None, "has no text"), (b"x", "type bytes"), (1, "type int")):
        with pytest.raises(Corrupt, match=words):
            text_in(value, "x")
    (tmp_path / "a.txt").write_bytes(b"a\0b")
    with pytest.raises(Corrupt, match="zero byte"):
        text_of(tmp_path / "a.txt")
