"""The mark of a style in words and tables."""

import pytest

from regard.pages import render
from regard.pages.palette import COLORS, SHAPES, Style


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    """The swatch of every shape, by the shape."""
    template = tmp_path_factory.mktemp("swatch") / "swatch.html"
    template.write_text('{% import "kit.html" as kit %}{{ kit.swatch(drawn) }}')
    return {shape: render(template, {"drawn": Style(COLORS[0], shape)}) for shape in SHAPES}


@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_of_a_figure_has_its_own(drawn, shape):
    assert [other for other in SHAPES if drawn[other] == drawn[shape]] == [shape]
    assert drawn[shape].count("<svg") == 1
