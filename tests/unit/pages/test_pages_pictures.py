import numpy as np
from PIL import Image

from regard.pages.canvas import UNIT
from regard.pages.pictures import LONGEST_CAPTION, RIGHT, WRONG, Picture, draw_pictures, write_pictures

GRAY = np.full((8, 8, 3), 128, np.uint8)


def captions(drawing, i):
    return [(text.get_text(), text.get_color()) for text in drawing.panels[i].axes.texts]


def test_right_and_wrong_predictions_differ_by_sign_and_color():
    drawing = draw_pictures("", [Picture(GRAY, "cat", "cat"), Picture(GRAY, "cat", "dog")])
    assert captions(drawing, 0)[1] == ("✓ cat", RIGHT)
    assert captions(drawing, 1)[1] == ("✗ dog", WRONG)
    assert drawing.panels[1].alt == "cat, taken for dog"


def test_without_a_prediction_there_is_the_class_alone():
    drawing = draw_pictures("", [Picture(GRAY, "größe" * 20)])
    assert len(captions(drawing, 0)) == 1
    assert len(captions(drawing, 0)[0][0]) == LONGEST_CAPTION


def test_captions_can_be_read_on_a_phone():
    """At least 7 pixels high, where the sheet is 340 pixels wide: a phone's 390 without borders."""
    drawing = draw_pictures("", [Picture(GRAY, "cat", "dog")] * 24)
    width, _ = drawing.figure.get_size_inches() * UNIT
    sizes = [text.get_fontsize() for panel in drawing.panels for text in panel.axes.texts]
    assert min(sizes) * 340 / width >= 7


def test_letters_that_no_font_has_are_escaped():
    drawing = draw_pictures("", [Picture(GRAY, "a\U000f0000")])
    assert captions(drawing, 0)[0][0] == "a\\U000f0000"


def test_a_sheet_is_written_where_there_was_no_folder(tmp_path):
    images = [np.full((16, 24, 3), 10 * i, np.uint8) for i in range(10)]
    write_pictures(tmp_path / "a" / "b.png", "", [Picture(image, str(i)) for i, image in enumerate(images)])
    with Image.open(tmp_path / "a" / "b.png") as sheet:
        assert sheet.size == (4 * 118 * 2, 3 * 146 * 2)
