import itertools
import random

import pytest

from regard.pages.labels import Ground, Label, half_size, place_labels

GROUND = Ground((0.0, 0.0, 400.0, 300.0))
HALF = half_size("performer", 10, bold=False)


def box(label: Label):
    (x, y), (width, height) = label.middle, HALF
    return (x - width, y - height, x + width, y + height)


def touch(one, other) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def are_legible(points, labels) -> bool:
    """No name lies over a name or a mark, or sticks out of the panel."""
    boxes = [box(label) for label in labels]
    marks = [(x - 4, y - 4, x + 4, y + 4) for x, y in points]
    return (
        not any(touch(a, b) for a, b in itertools.combinations(boxes, 2))
        and not any(touch(a, b) for a in boxes for b in marks)
        and all(b[0] >= 0 and b[1] >= 0 and b[2] <= 400 and b[3] <= 300 for b in boxes)
    )


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("spread", [40, 60, 120])
def test_fourteen_crowded_names_stay_legible(seed, spread):
    rng = random.Random(seed)
    points = [(200 + spread * rng.uniform(-1, 1), 150 + spread * rng.uniform(-1, 1)) for _ in range(14)]
    assert are_legible(points, place_labels(points, [HALF] * 14, GROUND))


def test_names_simply_written_at_the_right_would_be_caught():
    points = [(200.0, 150.0), (205.0, 152.0)]
    right = [Label((x + HALF[0] + 8, y), None, 0.0) for x, y in points]
    assert not are_legible(points, right)


def test_a_name_with_room_stands_at_the_right_without_a_line():
    (label,) = place_labels([(200.0, 150.0)], [HALF], GROUND)
    assert label.lead is None
    assert label.middle[0] > 200
    assert label.middle[1] == 150


def test_a_name_does_not_cover_the_line_of_the_pareto_set():
    line = (200.0, 148.0, 400.0, 152.0)
    (label,) = place_labels([(200.0, 150.0)], [HALF], Ground(GROUND.within, (line,)))
    assert not touch(box(label), line)


def test_no_points_need_no_names():
    assert place_labels([], [], GROUND) == []
