"""A figure as the page shows it and as files beside the page; a picture in pixels."""

import base64

import pytest

from regard.core.errors import Unwritable
from regard.pages import Photo, Plate
from regard.pages.canvas import Drawing, Margins, Sheet, look, png


@pytest.fixture
def drawing() -> Drawing:
    with look():
        sheet = Sheet(2, 2, (100.0, 80.0), Margins(10, 10, 10, 10))
        panels = tuple(sheet.panel(i, f"panel {i} <&>") for i in range(2))
        for panel in panels:
            panel.axes.plot([0, 1], [0, 1])
    return Drawing("mine", "Title", "Caption", sheet.figure, panels)


def test_a_figure_has_a_picture_per_panel_and_two_files(drawing, tmp_path):
    folder = tmp_path / "pictures"
    folder.mkdir()
    plate = Plate.saved(drawing, folder)

    assert (plate.name, plate.title, plate.caption, plate.folder) == ("mine", "Title", "Caption", "pictures")
    assert ["panel 0 &lt;&amp;&gt;" in plate.pictures[0], len(plate.pictures)] == [True, 2]
    assert {path.name for path in folder.iterdir()} == {"mine.png", "mine.svg"}
    assert (folder / "mine.png").read_bytes().startswith(b"\x89PNG")


def test_a_figure_that_cannot_be_saved_is_told(drawing, tmp_path):
    with pytest.raises(Unwritable):
        Plate.saved(drawing, tmp_path / "nowhere")


def test_a_photo_is_as_wide_as_its_pixels_at_two_per_unit(drawing):
    content = png(drawing)
    photo = Photo.of(content, "two panels", "how to read it")

    assert photo.width == 200
    assert photo.data == "data:image/png;base64," + base64.b64encode(content).decode()
