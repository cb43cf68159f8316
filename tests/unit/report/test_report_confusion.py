import numpy as np

from regard.pages.canvas import png
from regard.report.figures.confusion import confusion, draw_confusion


def test_rows_are_true_classes_and_sum_to_one():
    shares = confusion(3, [0, 0, 1, 1], [0, 1, 1, 1])
    assert np.array_equal(shares, [[0.5, 0.5, 0], [0, 1, 0], [0, 0, 0]])


def texts(drawing):
    return [text.get_text() for text in drawing.panels[0].axes.texts]


def test_few_classes_are_named_and_numbered():
    drawing = draw_confusion(("cat", "größe & <b>"), [0, 0, 1], [0, 1, 1])
    axes = drawing.panels[0].axes
    assert [label.get_text() for label in axes.get_yticklabels()] == ["cat", "größe & <b>"]
    assert texts(drawing) == ["50", "50", "100"]


def test_a_hundred_classes_are_a_picture_without_numbers():
    classes = list(range(100))
    drawing = draw_confusion([f"n{i:08}" for i in classes], classes, classes)
    assert texts(drawing) == []
    assert len(drawing.panels[0].axes.get_yticklabels()) == 10
    assert png(drawing).startswith(b"\x89PNG")


def test_long_names_fit_into_their_room():
    drawing = draw_confusion(["a" * 80, "b"], [0, 1], [0, 1])
    assert drawing.panels[0].axes.get_yticklabels()[0].get_text() == "a" * 15 + "…"


def test_letters_that_no_font_has_are_escaped():
    drawing = draw_confusion(["a\U000f0000", "b"], [0, 1], [0, 1])
    assert drawing.panels[0].axes.get_yticklabels()[0].get_text() == "a\\U000f0000"
