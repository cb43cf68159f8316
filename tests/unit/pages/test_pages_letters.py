"""Letters that the figures' font lacks."""

from collections.abc import Iterator

import pytest

from regard.pages import letters

NOWHERE = "\U000f0000"
"""For private use."""


@pytest.fixture
def another_font(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(letters, "FALLBACKS", ("No Such Font", "STIXGeneral"))
    letters.families.cache_clear()
    letters._letters.cache_clear()
    yield
    letters.families.cache_clear()
    letters._letters.cache_clear()


def test_what_the_font_has_is_left_alone():
    assert letters.drawable("größe ✓ ✗ …") == "größe ✓ ✗ …"


def test_what_no_font_has_is_escaped():
    assert letters.drawable(f"a{NOWHERE}b") == "a\\U000f0000b"


def test_a_font_of_the_system_comes_behind_the_own_one(another_font):
    """STIXGeneral comes with matplotlib and has bold letters that DejaVu Sans lacks."""
    assert letters.families() == ("DejaVu Sans", "STIXGeneral")
    assert letters.drawable("\U0001d400") == "\U0001d400"
