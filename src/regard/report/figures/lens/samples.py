"""A grid of samples: what each answer was read from."""

from collections.abc import Iterator, Sequence

import numpy as np

from regard.core.results.lens import Answer, LensModel, View
from regard.pages.canvas import INK, MUTED, PAPER, Drawing, Margins, Sheet, look
from regard.pages.letters import drawable, families
from regard.pages.palette import COLORS
from regard.pages.pictures import RIGHT, WRONG
from regard.pages.plotting import Axes, Rectangle, mpl
from regard.report.figures.lens.heat import short
from regard.report.figures.lens.overlay import answered, draw_read, through, write_answer
from regard.report.figures.lens.reading import examples

MOST = 24
"""Rows of text, or pictures."""

LONGEST = 40
"""Tokens of a row."""

CELL, ROW = 22.0, 24.0


def draw_samples(name: str, model: LensModel) -> Drawing | None:
    """Pictures, or lines of text; None for a model whose examples tell nothing of it."""
    views = [view for view in examples(model) if view.answers and through(view, 0) is not None]
    pictures = [view for view in views if view.image is not None][:MOST]
    lines = [line for view in views if view.image is None for line in _lines(view)][:MOST]
    if pictures:
        return _pictures(name, model, pictures)
    return _texts(name, model, lines) if lines else None


def _pictures(name: str, model: LensModel, views: Sequence[View]) -> Drawing:
    with look():
        sheet = Sheet(len(views), 6, (122, 136), Margins(8, 8, 8, 26))
        panels = []
        for i, view in enumerate(views):
            answer = answered(view)
            assert view.image is not None and answer is not None
            heat = through(view, answer.place)
            assert heat is not None
            panels.append(sheet.panel(i, view.example))
            draw_read(panels[-1], view.image, heat)
            panels[-1].axes.texts[-1].remove()
            write_answer(panels[-1].axes, answer)
    caption = "As orange as the patch has a share in what the answer reads of the input through all layers."
    return Drawing(name, f"{model.label}: samples and answers", caption, sheet.figure, tuple(panels))


def _lines(view: View) -> Iterator[tuple[View, Answer]]:
    """The answers of a short text whose truth is known, or all."""
    if len(view.keys) <= LONGEST:
        for answer in view.answers:
            yield view, answer


def _texts(name: str, model: LensModel, lines: Sequence[tuple[View, Answer]]) -> Drawing:
    longest = max(len(view.keys) for view, _ in lines)
    with look():
        sheet = Sheet(1, 1, (CELL * longest + 176, ROW * len(lines) + 28), Margins(16, 160, 14, 14))
        panel = sheet.panel(0, "what each answer was read from")
        panel.axes.set_xlim(0, longest)
        panel.axes.set_ylim(len(lines), 0)
        panel.axes.set_axis_off()
        for row, (view, answer) in enumerate(lines):
            _line(panel.axes, row, view, answer)
    caption = (
        "Every row is an answer: each token is as dark as its share in what the answer's place, which is "
        "framed, reads of the input through all layers (rollout)."
    )
    return Drawing(name, f"{model.label}: samples and answers", caption, sheet.figure, (panel,))


def _line(axes: Axes, row: int, view: View, answer: Answer) -> None:
    heat = through(view, answer.place)
    assert heat is not None
    colors = mpl.colormaps["Blues"]
    for place, token in enumerate(view.keys):
        share = float(np.sqrt(heat[place]))
        edge = COLORS[1] if place == answer.place else PAPER
        axes.add_patch(
            Rectangle((place + 0.04, row + 0.08), 0.92, 0.84, facecolor=colors(share), edgecolor=edge,
                      linewidth=1.6)
        )  # fmt: skip
        axes.text(place + 0.5, row + 0.5, short(token, 3), ha="center", va="center", fontsize=10,
                  color=PAPER if share > 0.6 else INK, fontfamily=families())  # fmt: skip
    guess = answer.guesses[0]
    right = answer.truth is None or guess.text == answer.truth
    sign = "" if answer.truth is None else ("✓ " if right else "✗ ")
    truth = "" if right else f", is {answer.truth}"
    axes.annotate(drawable(f"{sign}{guess.text}{truth}"), (1, row + 0.5), (56, 0), va="center",
                  xycoords=("axes fraction", "data"), textcoords="offset points", fontsize=10.5,
                  color=RIGHT if right else WRONG, fontfamily=families())  # fmt: skip
    axes.annotate(f"{100 * guess.share:.0f} %", (1, row + 0.5), (46, 0), va="center", ha="right",
                  xycoords=("axes fraction", "data"), textcoords="offset points", fontsize=10,
                  color=MUTED)  # fmt: skip
