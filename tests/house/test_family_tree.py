"""The family tree of the documents, from ties that are known."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "scripts"))

from family_tree import draw, members

from regard.attention import Tie

TIES = {
    "softmax": (Tie("softmax", "always"),),
    "local": (Tie("softmax", "window >= n"),),
    "dilated": (Tie("local", "step 1"),),
    "hybrid": (Tie("local", "gate 0"), Tie("linear", "gate 1")),
    "linear": (),
    "alone": (),
}


def test_everything_stands_below_what_it_can_become():
    found = {member.name: member for member in members(TIES)}

    assert {name: member.parent for name, member in found.items()} == {
        "softmax": None,
        "local": "softmax",
        "dilated": "local",
        "hybrid": "local",
    }
    assert found["hybrid"].others == ("linear",)
    assert found["dilated"].setting == "step 1"


def test_no_two_share_a_line():
    rows = [member.row for member in members(TIES)]

    assert rows == list(range(len(rows)))


def test_the_picture_names_everything_and_is_the_same_each_time(tmp_path):
    for name in ("one.svg", "two.svg"):
        draw(TIES, tmp_path / name)

    picture = (tmp_path / "one.svg").read_text("utf-8")
    assert [name for name in ("softmax", "local", "dilated", "hybrid", "linear") if name not in picture] == []
    assert picture == (tmp_path / "two.svg").read_text("utf-8")
