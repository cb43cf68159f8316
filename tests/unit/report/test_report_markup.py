"""The page as a document: references, colors, descriptions, and no network."""

import re

from regard.pages.inline import VARIABLES


def test_ids_are_unique_and_all_references_lead_somewhere(reported):
    page = (reported / "report.html").read_text()
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    references = re.findall(
        r'href="#([^"]+)"|url\(#([^)]+)\)|aria-(?:labelledby|describedby)="([^"]+)"', page
    )
    assert references
    assert {next(filter(None, found)) for found in references} <= set(ids)


def test_every_color_of_the_pictures_comes_from_the_style_sheet(reported):
    page = (reported / "report.html").read_text()
    pictures = "".join(re.findall(r'<svg class="plot".*?</svg>', page, re.DOTALL))
    assert "var(--ink)" in pictures
    assert not [color for color in VARIABLES if color in pictures]


def test_the_page_asks_nothing_of_a_network(reported):
    page = (reported / "report.html").read_text()
    assert not re.findall(r"https?://", page)
    assert "<script" not in page
    assert "@import" not in page


def test_every_picture_is_described_and_every_column_has_a_head(reported):
    page = (reported / "report.html").read_text()
    for tag in re.findall(r"<svg[^>]*>", page):
        assert "aria-label=" in tag or 'aria-hidden="true"' in tag
    assert all("scope=" in tag for tag in re.findall(r"<th\b[^>]*>", page))
