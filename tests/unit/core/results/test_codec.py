"""Frozen dataclasses to JSON and back: a round trip is exact, and a misfit is named with its place."""

import json
import math
import typing
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regard.core.errors import Corrupt, InvalidOption, RegardError
from regard.core.readable import readable
from regard.core.results.codec import decode, encode, parse
from regard.core.spec import Spec


@dataclass(frozen=True)
class Leaf:
    name: str
    share: float | None = None
    count: int = 0
    sure: bool = True


@dataclass(frozen=True)
class Tree:
    """One field of every sort."""

    leaf: Leaf
    leaves: tuple[Leaf, ...] = ()
    ends: tuple[float, float] | None = None
    verdict: Literal["better", "worse"] = "better"
    shares: Mapping[str, float | None] = field(default_factory=dict)
    spec: Spec = field(default_factory=lambda: Spec.of("softmax"))
    plain: Mapping[str, Any] = field(default_factory=dict)
    maybe: Leaf | None = None

    def __post_init__(self) -> None:
        if len(self.leaves) > 5:
            raise InvalidOption("A tree has at most 5 leaves.")


finite = st.floats(allow_nan=False, allow_infinity=False)
printable = st.text(max_size=12).map(readable)
scalars = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | finite | printable
documents = st.recursive(
    scalars, lambda part: st.lists(part, max_size=3) | st.dictionaries(printable, part, max_size=3)
)
leaves = st.builds(Leaf, name=printable, share=st.none() | finite, count=st.integers(), sure=st.booleans())
trees = st.builds(
    Tree,
    leaf=leaves,
    leaves=st.lists(leaves, max_size=5).map(tuple),
    ends=st.none() | st.tuples(finite, finite),
    verdict=st.sampled_from(["better", "worse"]),
    shares=st.dictionaries(printable, st.none() | finite, max_size=3),
    spec=st.builds(Spec.of, printable, st.dictionaries(printable, scalars, max_size=3)),
    plain=st.dictionaries(printable, documents, max_size=3),
    maybe=st.none() | leaves,
)


@given(trees)
def test_the_round_trip_is_exact(tree):
    text = json.dumps(encode(tree, "tree"), allow_nan=False)

    assert decode(Tree, json.loads(text), "tree") == tree


@given(st.text())
def test_text_becomes_readable_and_then_stays_as_it_is(text):
    once = decode(Leaf, {"name": text}, "leaf")

    assert once.name.isprintable()
    assert len(once.name) == len(text)
    assert decode(Leaf, encode(once, "leaf"), "leaf") == once


def test_control_characters_lone_surrogates_and_marks_of_direction_become_spaces():
    found = decode(Tree, {"leaf": {"name": "a\x00b\ud800c\u202ed\n"}, "plain": {"\x1b": ["\x07"]}}, "tree")

    assert found.leaf.name == "a b c d "
    assert found.plain == {" ": [" "]}


def plain(**changes: Any) -> dict[str, Any]:
    return {"leaf": {"name": "a"}} | changes


MISFITS = {
    "no object": ([], "tree should be an object and is []"),
    "nothing": (plain(leaf=None), "tree.leaf should be an object and is null"),
    "a missing field": (plain(leaf={}), "tree.leaf.name is missing"),
    "text for a number": (
        plain(leaf={"name": "a", "share": "high"}),
        "tree.leaf.share should be a finite number",
    ),
    "a truth for a number": (
        plain(leaf={"name": "a", "share": True}),
        "tree.leaf.share should be a finite number",
    ),
    "a truth for a count": (
        plain(leaf={"name": "a", "count": True}),
        "tree.leaf.count should be a whole number",
    ),
    "a fraction for a count": (
        plain(leaf={"name": "a", "count": 1.5}),
        "tree.leaf.count should be a whole number",
    ),
    "a number too large": (plain(leaf={"name": "a", "share": 10**400}), "tree.leaf.share should be a finite"),
    "a number for a truth": (
        plain(leaf={"name": "a", "sure": 1}),
        "tree.leaf.sure should be true or false and is 1",
    ),
    "a number for text": (plain(leaf={"name": 3}), "tree.leaf.name should be text and is 3"),
    "an unknown word": (
        plain(verdict="best"),
        "tree.verdict should be one of 'better', 'worse' and is 'best'",
    ),
    "a list for a word": (plain(verdict=["better"]), "tree.verdict should be one of 'better', 'worse'"),
    "an object for a list": (plain(leaves={}), "tree.leaves should be a list and is {}"),
    "a wrong item": (
        plain(leaves=[{"name": "a"}, {"name": 1}]),
        "tree.leaves[1].name should be text and is 1",
    ),
    "one end": (plain(ends=[0.1]), "tree.ends should be a list of 2 and is [0.1]"),
    "a wrong end": (plain(ends=[0.1, "x"]), "tree.ends[1] should be a finite number and is 'x'"),
    "a missing end": (plain(ends=[0.1, None]), "tree.ends[1] should be a finite number and is null"),
    "a list for an object": (plain(shares=[]), "tree.shares should be an object and is []"),
    "a wrong value": (plain(shares={"bits": "x"}), "tree.shares.bits should be a finite number and is 'x'"),
    "no spec": (plain(spec="softmax"), "tree.spec should be an object and is 'softmax'"),
    "half a spec": (plain(spec={"name": "softmax"}), "tree.spec.options is missing"),
    "a wrong spec": (plain(spec={"name": 1, "options": {}}), "tree.spec.name should be text and is 1"),
    "what the class refuses": (
        plain(leaves=[{"name": "a"}] * 6),
        "tree is refused: A tree has at most 5 leaves",
    ),
}


@pytest.mark.parametrize("misfit", MISFITS)
def test_a_misfit_is_named_with_its_place_and_what_was_expected(misfit):
    value, message = MISFITS[misfit]

    with pytest.raises(Corrupt) as caught:
        decode(Tree, value, "tree")

    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 200


def test_every_sort_of_field_has_a_misfit_of_its_own():
    hints = {*typing.get_type_hints(Tree), *typing.get_type_hints(Leaf)} - {"plain", "maybe"}
    named = {name for _, message in MISFITS.values() for name in hints if f".{name}" in message}

    assert named == hints


@pytest.mark.parametrize("odd", [math.nan, math.inf, -math.inf])
def test_a_number_that_is_not_finite_is_read_as_none_and_never_written(odd):
    assert decode(Leaf, {"name": "a", "share": odd}, "leaf").share is None
    with pytest.raises(Corrupt, match=r"tree\.ends\[0\] should be a finite number"):
        decode(Tree, plain(ends=[odd, 1.0]), "tree")
    with pytest.raises(RegardError, match=r"tree\.leaves\[0\]\.share is .*Use None"):
        encode(Tree(Leaf("a"), (Leaf("b", odd),)), "tree")


def test_a_key_that_a_newer_version_adds_is_passed_over():
    assert decode(Leaf, {"name": "a", "watts": 3}, "leaf") == Leaf("a")


def test_a_whole_number_can_stand_for_a_share():
    found = decode(Leaf, {"name": "a", "share": 1}, "leaf").share
    assert (found, type(found)) == (1.0, float)


@pytest.mark.parametrize("text", ["", "{", b"\xff\xfe", "[" * 100_000, "1" * 5000])
def test_a_file_that_is_no_json_is_told_in_one_line(tmp_path, text):
    path = tmp_path / "file.json"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())

    with pytest.raises(Corrupt, match="it is no JSON") as caught:
        parse(path)

    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("odd", ["NaN", "Infinity", "1e999"])
def test_numbers_of_a_file_that_are_not_finite_become_none(tmp_path, odd):
    (tmp_path / "file.json").write_text(f"[{odd}]")

    assert parse(tmp_path / "file.json") == [None]
