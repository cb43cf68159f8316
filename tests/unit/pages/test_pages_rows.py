"""Figures with one row per subject."""

import pytest

from regard.pages.canvas import Margins, Sheet, look
from regard.pages.rows import LONGEST, name_rows, shortened


@pytest.mark.parametrize(("label", "shown"), [("softmax", "softmax"), ("m" * 30, "m" * (LONGEST - 1) + "…")])
def test_a_label_is_cut_where_it_does_not_fit(label, shown):
    assert shortened(label) == shown


def test_rows_go_from_the_top_down_and_emphasized_names_are_bold():
    with look():
        axes = Sheet(1, 1, (200.0, 100.0), Margins(50, 10, 10, 10)).panel(0, "").axes
        name_rows(axes, ["a", "b", "c"], ["b"])

    labels = axes.get_yticklabels()
    assert [label.get_text() for label in labels] == ["a", "b", "c"]
    assert [label.get_fontweight() == "bold" for label in labels] == [False, True, False]
    assert axes.get_ylim() == (2.5, -0.5)
