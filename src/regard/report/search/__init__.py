"""The page of a search."""

from pathlib import Path

from regard.core.results.lineage import forest
from regard.core.results.search_report import SearchReport
from regard.pages import render

TEMPLATE = Path(__file__).parent / "search.html"


def render_search(report: SearchReport) -> str:
    """The whole page, which needs no other file. The same report gives the same text."""
    values = {
        "report": report,
        "front": report.front,
        "line": volume_line(report),
        "lineage": forest(report.lineage),
    }
    return render(TEMPLATE, values)


def volume_line(report: SearchReport) -> str:
    """The hypervolume over candidates as the points of a line of steps, in a box of 600 by 120."""
    last = max((count for count, _ in report.volumes), default=1)
    points, level = [], 0.0
    for count, share in report.volumes:
        points += [(count, level), (count, share)]
        level = share
    return " ".join(f"{600 * count / last:.1f},{120 * (1 - share):.1f}" for count, share in points)
