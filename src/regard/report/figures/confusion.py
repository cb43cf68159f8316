"""Which class is taken for which."""

from collections.abc import Sequence

import numpy as np

from regard.pages.canvas import INK, MUTED, PAPER, Drawing, Margins, Sheet, look
from regard.pages.letters import drawable, families
from regard.pages.plotting import Axes

NAMED = 30
"""Classes at most that are written beside the rows and above the columns."""
NUMBERED = 20
"""Classes at most whose shares are written into the cells."""
CELL = 34
"""Units of a cell in which a number stands."""
LONGEST_NAME = 16


def draw_confusion(labels: Sequence[str], targets: Sequence[int], predicted: Sequence[int]) -> Drawing:
    """Rows are true classes, columns predicted ones; a row's shares sum to 1."""
    labels = [drawable(label) for label in labels]
    shares = confusion(len(labels), targets, predicted)
    side = max(320.0, CELL * min(len(labels), NUMBERED))
    longest = min(max(map(len, labels)), LONGEST_NAME)
    left, top = 40 + 6.5 * longest, 44 + 5 * longest
    with look():
        sheet = Sheet(1, 1, (side + left + 40, side + top + 10), Margins(left, 40, top, 10))
        panel = sheet.panel(0, f"Confusion of {len(labels)} classes")
        panel.axes.imshow(shares, cmap="Blues", vmin=0, vmax=1, interpolation="nearest", aspect="auto")
        _name(panel.axes, labels)
        if len(labels) <= NUMBERED:
            _number(panel.axes, shares)
    caption = "Each row is a true class and says what its samples were taken for, in percent."
    return Drawing("confusion", "Which class is taken for which", caption, sheet.figure, (panel,))


def confusion(classes: int, targets: Sequence[int], predicted: Sequence[int]) -> np.ndarray:
    """The share of each true class (rows) taken for each class (columns); a row without samples is 0."""
    counts = np.zeros((classes, classes))
    np.add.at(counts, (np.asarray(targets, int), np.asarray(predicted, int)), 1)
    return counts / np.maximum(counts.sum(1, keepdims=True), 1)


def _name(axes: Axes, labels: Sequence[str]) -> None:
    places = range(len(labels)) if len(labels) <= NAMED else range(0, len(labels), 10)
    names = [labels[i] if len(labels[i]) <= LONGEST_NAME else f"{labels[i][:15]}…" for i in places]
    axes.set_xticks(places, names, rotation=45, ha="left", rotation_mode="anchor", fontfamily=families())
    axes.set_yticks(places, names, fontfamily=families())
    axes.xaxis.tick_top()
    axes.spines[:].set_visible(False)
    axes.set_ylabel("true class")
    axes.xaxis.set_label_position("top")
    axes.set_xlabel("taken for", labelpad=8)


def _number(axes: Axes, shares: np.ndarray) -> None:
    """Percent in every cell that has any."""
    for (row, column), share in np.ndenumerate(shares):
        if share >= 0.005:
            color = PAPER if share > 0.5 else (INK if row == column else MUTED)
            axes.text(column, row, f"{100 * share:.0f}", ha="center", va="center", fontsize=9, color=color)
