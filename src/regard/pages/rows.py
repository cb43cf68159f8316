"""Figures with one row per name: names at the left, the first on top."""

from collections.abc import Collection, Sequence

from regard.pages.canvas import INK, MUTED, RULE
from regard.pages.plotting import Axes

ROW, HEAD, FOOT, NAMES = 23.0, 38.0, 26.0, 132.0
"""Height of a row; room above, below, and at the left for names; in units."""

LONGEST = 19
"""Letters of a label that fit at the left."""


def shortened(label: str, longest: int = LONGEST) -> str:
    """A label that fits. It is cut in the middle, as labels of one mechanism differ at the end."""
    if len(label) <= longest:
        return label
    end = longest // 2
    return f"{label[: longest - 1 - end]}…{label[-end:]}"


def name_rows(axes: Axes, names: Sequence[str], emphasized: Collection[str] = ()) -> None:
    """Name the rows, from the top down, and draw their lines; emphasized names are bold."""
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.set_yticks(range(len(names)), [shortened(name) for name in names], fontsize=10.5, color=INK)
    for name, text in zip(names, axes.get_yticklabels(), strict=True):
        if name in emphasized:
            text.set_fontweight("bold")
    axes.hlines(
        range(len(names)), 0, 1, transform=axes.get_yaxis_transform(), color=RULE, linewidth=1, zorder=0
    )
    axes.spines[["left", "bottom"]].set_visible(False)


def beside(axes: Axes, y: int, text: str, color: str = INK) -> None:
    """A word at the right end of a row."""
    axes.annotate(text, (1, y), (8, 0), xycoords=("axes fraction", "data"), textcoords="offset points",
                  va="center", fontsize=10, color=color)  # fmt: skip


def heading(axes: Axes, text: str) -> None:
    """What a panel shows, above its upper left corner."""
    axes.annotate(text, (0, 1), (0, 16), xycoords="axes fraction", textcoords="offset points",
                  fontsize=11, color=MUTED, va="bottom")  # fmt: skip
