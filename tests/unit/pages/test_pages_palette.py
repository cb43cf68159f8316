import re
from pathlib import Path

import pytest

from regard import pages
from regard.mechanisms import MECHANISMS
from regard.pages.palette import COLORS, styles

OFTEN = (
    *(
        "softmax",
        "sigmoid",
        "entmax",
        "top_k",
        "local",
        "linear",
        "performer",
        "linformer",
        "nystrom",
        "delta",
    ),
    *("fourier", "gated", "uniform", "identity", "gated_delta", "kda", "retention", "gated_linear"),
    *("state_space_dual", "differential", "sink", "forgetting", "indexed", "selected_blocks", "rwkv7"),
    *("mamba3", "axial", "convolutional"),
)
"""Mechanisms that are compared most often."""
CSS = (Path(pages.__file__).parent / "kit.css").read_text()


def alone(name: str):
    return styles([(name, name)])[name]


def luminance(color: str) -> float:
    parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one: str, other: str) -> float:
    """After the Web Content Accessibility Guidelines 2.1: 3 suffices for marks, 4.5 for text."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def variables(dark: bool) -> dict[str, str]:
    part = CSS[CSS.index("prefers-color-scheme: dark") :] if dark else CSS
    block = part[part.index(":root {") :]
    return dict(re.findall(r"--(\w+): (#[0-9a-f]{6})", block[: block.index("}")]))


def test_all_names_of_the_house_look_different_on_one_page():
    names = MECHANISMS.names()
    assert len(set(styles([(name, name) for name in names]).values())) == len(names)


@pytest.mark.parametrize("name", OFTEN)
def test_what_is_compared_often_looks_the_same_whatever_of_it_stands_beside(name):
    assert styles([(other, other) for other in OFTEN])[name] == alone(name)


def test_what_is_compared_most_often_differs_in_color():
    colors = {alone(name).color for name in ("softmax", "linear", "delta", "local", "uniform", "gated_delta")}
    assert len(colors) == 6


def test_a_name_without_options_keeps_its_style_beside_others_with_options():
    found = styles([("linformer", "linformer"), ("linformer(rank=4)", "linformer")])
    assert found["linformer"] == alone("linformer")
    assert found["linformer"] != found["linformer(rank=4)"]


def test_more_labels_than_styles_still_get_one_each():
    labels = [(f"mine{i}", f"mine{i}") for i in range(100)]
    assert len(styles(labels)) == 100


@pytest.mark.parametrize("dark", [False, True])
def test_marks_and_words_stand_out_from_the_ground(dark):
    colors = variables(dark)
    for ground in ("paper", "ground"):
        for i in range(len(COLORS)):
            assert contrast(colors[f"c{i}"], colors[ground]) >= 3
        for words in ("ink", "muted", "link", "good", "bad", "open", "same"):
            assert contrast(colors[words], colors[ground]) >= 4.5


def test_the_page_and_the_files_show_the_same_colors():
    assert tuple(variables(dark=False)[f"c{i}"] for i in range(len(COLORS))) == COLORS
