import os

import pytest

from regard.core.readable import readable


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("größe [a b]", "größe [a b]"),
        ("tab\tbell\aescape\x1b[2J", "tab bell escape [2J"),
        ("right to left \u202e", "right to left  "),
        (os.fsdecode(b"b\xffd"), "b\ufffdd"),
        ("größe".encode().decode("ascii", "surrogateescape"), "größe"),
        ("no byte \ud800", "no byte  "),
    ],
)
def test_what_cannot_be_shown_is_left_out_and_paths_are_the_text_that_their_bytes_are(text, shown):
    assert readable(text) == shown
