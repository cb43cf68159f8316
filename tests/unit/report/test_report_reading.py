import json
import math

import pytest
from synthetic import MECHANISMS, comparison

from regard.core.errors import Corrupt
from regard.report.reading import read_comparison


@pytest.fixture
def document():
    return comparison("digits", MECHANISMS[:3], None)


@pytest.fixture
def read(tmp_path):
    def call(text: str | bytes):
        path = tmp_path / "document.json"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return read_comparison(path)

    return call


def cut(document, *path):
    """The document without one of its values."""
    *way, last = path
    place = document
    for step in way:
        place = place[step]
    del place[last]
    return json.dumps(document)


def changed(document, value, *path):
    *way, last = path
    place = document
    for step in way:
        place = place[step]
    place[last] = value
    return json.dumps(document)


def test_a_document_comes_back_with_its_numbers(document, read):
    found = read(json.dumps(document))
    for row, told in zip(found.rows, document["rows"], strict=True):
        assert (row.label, row.mean, row.scores) == (
            told["label"],
            told["mean"],
            tuple(seed["test"] for seed in told["seeds"]),
        )
    assert found.base is found.rows[0]


def test_a_field_that_a_newer_version_adds_is_passed_over(document, read):
    assert read(changed(document, 3, "rows", 0, "cost", "watts")) == read(json.dumps(document))


@pytest.mark.parametrize("odd", [math.nan, math.inf, None])
def test_null_and_what_is_not_finite_become_none(document, read, odd):
    assert read(changed(document, odd, "rows", 0, "mean")).rows[0].mean is None


@pytest.mark.parametrize("path", [("digest",), ("task", "chance"), ("rows", 1, "seeds", 0, "digest")])
def test_a_missing_value_is_named(document, read, path):
    with pytest.raises(Corrupt, match=rf"{path[-1]} is missing.*compare again"):
        read(cut(document, *path))


@pytest.mark.parametrize(
    ("value", "path"),
    [
        ("high", ("task", "chance")),
        ([1], ("rows", 0, "label")),
        ("best", ("rows", 1, "difference", "verdict")),
        ({}, ("rows",)),
        ([0.1, "x"], ("rows", 0, "interval")),
        ([], ("versions",)),
        (None, ("task",)),
        (True, ("rows", 0, "mean")),
    ],
)
def test_a_value_of_another_type_is_named(document, read, value, path):
    with pytest.raises(Corrupt, match=rf"document.*{path[-1]}"):
        read(changed(document, value, *path))


@pytest.mark.parametrize("number", [2, None, "1"])
def test_an_unknown_format_is_refused(document, read, number):
    with pytest.raises(Corrupt, match="format should be 1"):
        read(changed(document, number, "format"))


@pytest.mark.parametrize("text", ["", "{", "[]", "3", "null", b"\xff\xfe", "[" * 100_000, '{"format": 1}'])
def test_every_broken_file_gets_one_line_that_names_it(read, text):
    with pytest.raises(Corrupt) as caught:
        read(text)
    assert "\n" not in str(caught.value)
    assert "document.json" in str(caught.value)
    assert len(str(caught.value)) < 400


def test_a_document_without_mechanisms_is_refused(document, read):
    with pytest.raises(Corrupt, match="at least one mechanism"):
        read(changed(document, [], "rows"))


def test_text_that_no_page_can_hold_is_made_readable(document, read):
    label = read(changed(document, "a\x00b\ud800c\u202ed\n", "rows", 0, "label")).rows[0].label
    assert label == "a b c d "
