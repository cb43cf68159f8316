"""The figures of what the lens saw."""

import io
import xml.etree.ElementTree as ET
from dataclasses import replace

import matplotlib as mpl
import numpy as np
import pytest
import torch
from lens_results import Planted, lens_result, weights_of
from PIL import Image

from regard.core.results.lens import LayerView
from regard.maps.blocks import block_of
from regard.pages.canvas import png
from regard.report.figures.lens.distribution import entries
from regard.report.figures.lens.flow import can_flow
from regard.report.figures.lens.heads import draw_heads
from regard.report.figures.lens.heat import scale_of
from regard.report.figures.lens.pictures import drawings, write_pictures
from regard.report.figures.lens.reading import level_of, shares, unpacked
from regard.report.figures.lens.room import captioned

WORDS = lens_result(Planted(layers=2, heads=3))
DIGIT = lens_result(Planted(layers=2, heads=4, grid=4))


def names_of(result):
    return [drawing.name for drawing in drawings(result)]


def with_mean(result):
    (model,) = result.models
    view = model.views[0]
    more = [replace(view, example=f"{what} of 8", summary=what) for what in ("mean", "deviation")]
    return replace(result, models=(replace(model, views=(*model.views, *more)),))


def test_a_text_has_its_heads_its_flow_its_samples_and_its_numbers():
    assert names_of(with_mean(WORDS)) == [
        "softmax-example-00-layer-00-heads",
        "softmax-example-00-layer-01-heads",
        "softmax-example-00-flow",
        "softmax-layer-00-mean",
        "softmax-layer-01-mean",
        "softmax-samples",
        "by-layer",
        "distribution",
    ]


def test_a_picture_is_overlaid():
    assert {"softmax-example-00-overlay", "softmax-samples"} <= set(names_of(DIGIT))


def test_two_models_have_figures_of_their_own_and_common_ones():
    names = names_of(lens_result(Planted(), Planted(label="delta")))
    assert names.count("by-layer") == names.count("distribution") == 1
    assert {name.partition("-")[0] for name in names} == {"softmax", "delta", "by", "distribution"}


def test_files_are_pictures_and_the_same_ones_again(tmp_path):
    few = with_mean(lens_result(Planted(layers=1, heads=1, tokens=("a", "b", "c"))))
    paths = write_pictures(few, tmp_path / "first")
    write_pictures(few, tmp_path / "second")

    for path in paths:
        Image.open(path).verify()
        assert ET.parse(path.with_suffix(".svg")).getroot().tag.endswith("svg")
        for ending in (".png", ".svg"):
            other = tmp_path / "second" / path.with_suffix(ending).name
            assert path.with_suffix(ending).read_bytes() == other.read_bytes()


def test_what_stands_on_a_picture_is_the_map():
    (model,) = WORDS.models
    drawing = draw_heads("heads", model, model.views[0], 0)
    pixels = np.asarray(Image.open(io.BytesIO(png(drawing))).convert("RGB"))
    maps = weights_of(Planted(layers=2, heads=3), 0).numpy()

    height, width = pixels.shape[:2]
    colors, norm = scale_of(False, 1.0)
    for head, i, j in ((0, 4, 3), (1, 9, 0), (2, 5, 5)):
        box = drawing.panels[head].axes.get_position()
        x = (box.x0 + box.width * (j + 0.5) / 10) * width
        y = (1 - box.y1 + box.height * (i + 0.5) / 10) * height
        seen = pixels[int(y), int(x)]
        expected = 255 * np.array(mpl.colormaps[colors](norm(maps[head, i, j]))[:3])
        assert np.abs(seen - expected).max() <= 4


def test_bytes_are_read_as_the_maps_they_are():
    maps = torch.randn(2, 4, 5, dtype=torch.float64)
    block = block_of(maps)
    assert np.abs(unpacked(block) - maps.numpy()).max() <= 0.008 * maps.abs().max()


def test_shares_of_contributions_sum_to_1_and_weights_keep_what_reads_nothing():
    maps = 3 * torch.rand(2, 4, 4, dtype=torch.float64)
    leaky = 0.5 * torch.eye(4, dtype=torch.float64).expand(1, 4, 4)

    assert shares(LayerView(maps={"contribution": block_of(maps)})).sum(-1) == pytest.approx(1)
    assert shares(LayerView(maps={"weights": block_of(leaky)})).sum(-1) == pytest.approx(0.5)
    assert shares(LayerView()) is None


def test_of_a_causal_map_later_keys_are_no_entries():
    (model,) = WORDS.models
    # 10 positions: 55 allowed entries without the first row
    assert len(entries(model)) == 2 * 3 * 54


def test_too_many_positions_flow_nowhere():
    long = lens_result(Planted(tokens=tuple(map(str, range(60)))))
    assert not can_flow(long.models[0].views[0])
    assert can_flow(WORDS.models[0].views[0])


def test_a_level_is_drawn_that_all_layers_have():
    view = WORDS.models[0].views[0]
    mixed = replace(
        view, layers=(view.layers[0], LayerView(maps={"influence": block_of(torch.rand(1, 2, 2))}))
    )
    assert level_of(view) == "weights"
    assert level_of(mixed) is None


def test_any_word_can_stand_at_a_position_and_in_a_label(tmp_path):
    words = ("\n", "</script>", "שלום", "🐈", "$x^2$", "w" * 10_000, "a")
    planted = Planted(layers=1, heads=2, tokens=words, label=" ".join(words)[:40])
    assert write_pictures(lens_result(planted), tmp_path)


def test_a_title_and_a_caption_stand_above_what_is_drawn():
    (model,) = WORDS.models
    plain = draw_heads("heads", model, model.views[0], 0)
    before = plain.figure.get_figheight()
    titled = captioned(plain)
    assert titled.figure.get_figheight() > before
    assert titled.figure.texts[0].get_text() == titled.title
