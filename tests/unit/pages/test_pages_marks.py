import math

import pytest
from hypothesis import given
from hypothesis import strategies as some

from regard.pages.marks import round_marks


@given(some.floats(-9, 15), some.floats(0.02, 8), some.integers(3, 8))
def test_an_axis_has_some_marks_but_never_more_than_there_is_room_for(low, width, room):
    marks = round_marks(low, low + width, room)
    assert 2 <= len(marks) <= room
    assert marks == sorted(set(marks))
    assert all(low <= math.log10(mark) <= low + width for mark in marks)


@pytest.mark.parametrize(
    ("low", "high", "marks"), [(3, 6, [1e3, 1e4, 1e5, 1e6]), (0, 1, [1, 3, 10]), (0.4, 0.6, [3])]
)
def test_the_roundest_numbers_that_suffice_are_taken(low, high, marks):
    assert set(marks) <= set(round_marks(low, high, 12))
