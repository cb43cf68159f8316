"""One map as a panel: its colors, the names of its positions, and the scale beside it."""

from collections.abc import Sequence

import numpy as np

from regard.core.numbers import significant
from regard.pages.canvas import INK, MUTED
from regard.pages.letters import drawable, families
from regard.pages.plotting import Axes, mpl

NAMED = 24
"""Positions at most of which every one is named."""

LONGEST_NAME = 10

SCALE = 44.0
"""Room for the scale at the right of the last panel, in units."""


def draw_map(axes: Axes, values: np.ndarray, peak: float, *, title: str, note: str = "") -> None:
    """The map in colors on a root scale, from 0 to the peak, or from minus to plus the peak."""
    colors, norm = scale_of(bool((values < 0).any()), peak)
    axes.imshow(values, cmap=colors, norm=norm, interpolation="nearest", aspect="equal")
    axes.spines[:].set_visible(False)
    axes.set_xticks([])
    axes.set_yticks([])
    axes.annotate(title, (0, 1), (0, 5), xycoords="axes fraction", textcoords="offset points",
                  fontsize=10, color=INK, va="bottom")  # fmt: skip
    axes.annotate(note, (1, 1), (0, 5), xycoords="axes fraction", textcoords="offset points",
                  fontsize=9, color=MUTED, va="bottom", ha="right")  # fmt: skip


def scale_of(signed: bool, peak: float) -> tuple[str, "mpl.colors.Normalize"]:
    """Colors and what they stand for; the root keeps what is small visible."""
    peak = peak or 1.0
    if not signed:
        return "Blues", mpl.colors.PowerNorm(0.5, 0, peak)
    root = (lambda x: np.sign(x) * np.sqrt(np.abs(x)), lambda x: x * np.abs(x))
    return "RdBu", mpl.colors.FuncNorm(root, -peak, peak)


def name_positions(axes: Axes, queries: Sequence[str] | None, keys: Sequence[str] | None) -> None:
    """Queries at the left, keys below; of many positions their numbers now and then."""
    if keys is not None:
        axes.set_xticks(*_ticks(keys), fontsize=9, fontfamily=families())
        if max(map(len, keys), default=0) > 2 and len(keys) <= NAMED:
            axes.tick_params(axis="x", rotation=90)
    if queries is not None:
        axes.set_yticks(*_ticks(queries), fontsize=9, fontfamily=families())


def margins(queries: Sequence[str], keys: Sequence[str]) -> tuple[float, float]:
    """Room for names at the left and below, in units."""
    left = max(len(name) for name in _ticks(queries)[1])
    below = max(len(name) for name in _ticks(keys)[1])
    upright = below > 2 and len(keys) <= NAMED
    return 20 + 6.2 * left, 24 + (6.2 * below if upright else 8)


def draw_scale(axes: Axes, *, signed: bool, peak: float) -> None:
    """A bar at the right of a panel that says which color stands for which number."""
    colors, norm = scale_of(signed, peak)
    bar = axes.inset_axes((1.06, 0, 0.05, 1))
    low = -peak if signed else 0.0
    steps = np.linspace(low, peak or 1.0, 256)
    bar.pcolormesh([0, 1], steps, steps[:-1, None], cmap=colors, norm=norm, rasterized=True)
    bar.set_xticks([])
    bar.yaxis.tick_right()
    marks = [-peak, -peak / 4, 0, peak / 4, peak] if signed else [0, peak / 4, peak]
    bar.set_yscale("function", functions=(norm, norm.inverse))
    bar.set_yticks(marks, [significant(mark, 2) if mark else "0" for mark in marks], fontsize=9)
    bar.spines[:].set_visible(False)


def _ticks(names: Sequence[str]) -> tuple[list[int], list[str]]:
    if len(names) <= NAMED:
        return list(range(len(names))), [short(name) for name in names]
    step = next(step for step in (5, 10, 20, 50, 100, 200, 500, 1000, 10**9) if len(names) / step <= 8)
    places = list(range(0, len(names), step))
    return places, [str(place) for place in places]


def short(name: str, longest: int = LONGEST_NAME) -> str:
    """A position's name that fits; what cannot be seen has a sign."""
    name = {"": "∅", " ": "␣", "\n": "⏎"}.get(name, drawable(name.replace("\n", "⏎")))
    return name if len(name) <= longest else f"{name[: longest - 1]}…"
