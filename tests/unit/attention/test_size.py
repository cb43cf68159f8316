import math

import pytest

from regard import Grid, Size
from regard.core.errors import InvalidOption

PLAIN = {"heads": 4, "key_features": 8, "value_features": 6, "length": 16}


def size(**changes):
    return Size(**(PLAIN | changes))


def test_the_letters_of_the_notation_are_read_from_it():
    assert (size().h, size().g, size().d, size().e) == (4, 4, 8, 6)
    assert size(key_heads=2).g == 2


def test_scores_are_divided_by_the_root_of_d_unless_a_scale_is_given():
    assert size().temperature == math.sqrt(8)
    assert size(scale=0.25).temperature == 4


def test_a_grid_counts_its_prefix():
    assert Grid(2, 3, prefix=1).length == 7
    assert size(grid=Grid(2, 3, prefix=1)).prefix == 1
    assert size().prefix == 0


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"heads": 0}, "heads must be at least 1, not 0"),
        ({"length": -1}, "length must be at least 1, not -1"),
        ({"key_heads": 0}, "key_heads must be at least 1, not 0"),
        ({"key_heads": 3}, "key_heads=3 must divide heads=4"),
        ({"scale": 0.0}, "scale must be a positive number, not 0.0"),
        ({"scale": math.nan}, "scale must be a positive number, not nan"),
        ({"scale": math.inf}, "scale must be a positive number, not inf"),
        ({"layers": 0}, "layers must be at least 1, not 0"),
        ({"layer": 2, "layers": 2}, "layer must lie from 0 to 1, and is 2"),
        ({"layer": -1}, "layer must lie from 0 to 0, and is -1"),
        ({"grid": Grid(9, 9)}, "a grid of 81 positions exceeds the length 16"),
    ],
)
def test_an_impossible_size_is_refused_in_one_line_that_names_the_field(wrong, says):
    with pytest.raises(InvalidOption, match=says) as refusal:
        size(**wrong)

    assert "\n" not in str(refusal.value)
