"""Figures with one row per subject."""

import pytest

from regard.pages.canvas import Margins, Sheet, look
from regard.pages.rows import LONGEST, name_rows, shortened


@pytest.mark.parametrize(
    ("label", "shown"),
    [
        ("softmax", "softmax"),
        ("softmax[output_norm=rms]", "softmax[o…norm=rms]"),
        ("m" * LONGEST, "m" * LONGEST),
    ],
)
def test_a_label_that_does_not_fit_is_cut_in_the_middle(label, shown):
    assert shortened(label) == shown
    assert len(shown) <= LONGEST
    assert len(shortened("m" * 300, 26)) == 26


def test_rows_go_from_the_top_down_and_emphasized_names_are_bold():
    with look():
        axes = Sheet(1, 1, (200.0, 100.0), Margins(50, 10, 10, 10)).panel(0, "").axes
        name_rows(axes, ["a", "b", "c"], ["b"])

    labels = axes.get_yticklabels()
    assert [label.get_text() for label in labels] == ["a", "b", "c"]
    assert [label.get_fontweight() == "bold" for label in labels] == [False, True, False]
    assert axes.get_ylim() == (2.5, -0.5)
