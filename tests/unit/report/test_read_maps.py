"""What each mechanism of a comparison reads, on the comparison's page."""

import re
from dataclasses import replace

import pytest
import torch
from lens_results import Planted, lens_result

from regard.core.results import ComparedMaps, ComparisonResult, MechanismMaps
from regard.core.results.lens import LayerView
from regard.maps.blocks import block_of
from regard.pages.palette import styles
from regard.report import read_maps, write_report
from regard.report.figures.lens.thumbnails import draw_thumbnails

(TEXT,) = lens_result(Planted(layers=3, heads=4)).models[0].views
(DIGIT,) = lens_result(Planted(layers=3, heads=4, grid=4)).models[0].views


@pytest.fixture
def looked_at(project):
    """A project with maps for one of its comparisons: the last two mechanisms have none."""
    result = ComparisonResult.read(ComparisonResult.paths_in(project)[0])
    *with_maps, refused, broken = result.rows
    influence = LayerView(refused={"weights": "It reads no values."})
    maps = [MechanismMaps(label=row.label, run=row.seeds[0].digest, view=TEXT) for row in with_maps]
    maps += [
        MechanismMaps(label=refused.label, run="r", view=replace(TEXT, layers=(influence,) * 3)),
        MechanismMaps(label=broken.label, run="b", missing="There is no file <b>best</b>."),
    ]
    path = ComparedMaps.path_in(project, result.digest)
    path.parent.mkdir()
    ComparedMaps(digest=result.digest, mechanisms=tuple(maps)).write(path)
    return project, result


def test_every_mechanism_has_a_picture_or_a_reason(looked_at):
    project, result = looked_at

    page = write_report(project).read_text()

    part = re.search(r'<div class="readings">.*?</div>\s*<h3', page, re.S)[0]
    assert part.count("<article>") == len(result.rows)
    assert part.count("<img ") == len(result.rows) - 2
    assert "No map: It reads no values." in part
    assert "There is no file &lt;b&gt;best&lt;/b&gt;." in part
    assert page.count("What they read") == 1
    assert "entropy" in part
    assert "first example" in page


def test_maps_that_are_damaged_are_named_and_the_page_is_there(looked_at):
    project, result = looked_at
    ComparedMaps.path_in(project, result.digest).write_text("{")

    page = write_report(project).read_text()

    assert "cannot be read as a maps" in page
    assert "What they read" not in page


def test_a_row_of_maps_begins_with_the_mean_of_the_heads():
    drawing = draw_thumbnails("a", "a", TEXT)
    assert len(drawing.panels) == 3 * (1 + 4)
    shown = [panel.axes.images[0].get_array() for panel in drawing.panels[:5]]
    assert torch.tensor(shown[0].filled()) == pytest.approx(
        torch.stack([torch.tensor(each.filled()) for each in shown[1:]]).mean(0)
    )


def test_many_heads_and_layers_are_cut_and_said():
    (view,) = lens_result(Planted(layers=14, heads=12)).models[0].views
    drawing = draw_thumbnails("a", "a", view)
    assert len(drawing.panels) == 12 * 9
    assert drawing.caption.endswith("The last 2 layers are not shown.")


def test_a_level_of_the_whole_layer_has_a_scale_of_its_own():
    layer = LayerView(maps={"influence": block_of(7 * torch.rand(1, 5, 5))})
    drawing = draw_thumbnails("a", "a", replace(TEXT, layers=(layer, layer)))
    assert len(drawing.panels) == 2
    assert drawing.caption.startswith("Influence, every layer on a scale of its own.")


def test_of_a_picture_the_picture_is_shown():
    maps = ComparedMaps(digest="d", mechanisms=(MechanismMaps(label="softmax", run="r", view=DIGIT),))
    found = read_maps.readings(maps, styles([("softmax", "softmax")]))
    assert found.example == "" and found.picture.startswith("data:image/png")


def test_what_would_make_the_page_too_large_is_said(monkeypatch):
    monkeypatch.setattr(read_maps, "LARGEST", 5_000)
    each = [MechanismMaps(label=label, run="r", view=TEXT) for label in ("softmax", "linear", "delta")]
    found = read_maps.readings(
        ComparedMaps(digest="d", mechanisms=tuple(each)), styles((one.label, one.label) for one in each)
    )
    assert "would be too large" in found.each[-1].missing
    assert found.each[-1].metrics
