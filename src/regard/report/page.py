"""From the sections to the text of the page."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from regard.core.results import ComparisonResult, Row
from regard.pages import render
from regard.pages.scale import Scale
from regard.report.benchmark_section import BenchmarkSection
from regard.report.sections import ComparisonSection, Section
from regard.report.study_section import StudySection

TEMPLATE = Path(__file__).parent / "page.html"

SIGNS: Mapping[str | None, str] = {
    "better": "▲",
    "baseline": "●",
    "equivalent": "≈",
    "undecided": "?",
    "worse": "▼",
    None: "×",
}


def render_page(sections: Sequence[Section], broken: Sequence[str] = ()) -> str:
    """The whole page, with what could not be read. Whatever came from a user is escaped."""
    compared = [section for section in sections if isinstance(section, ComparisonSection)]
    values = {
        "sections": sections,
        "broken": broken,
        "compared": compared,
        "heading": _heading(sections),
        "overview": _overview(compared),
        "signs": SIGNS,
        "strip": strip,
        "traits": traits,
        "uses": uses,
    }
    return render(TEMPLATE, values)


def _heading(sections: Sequence[Section]) -> str:
    """The question that the page answers."""
    kinds = {type(section) for section in sections}
    if ComparisonSection in kinds:
        return "Which attention mechanism?"
    if StudySection in kinds:
        return "Can it be trained without gradients?"
    return "What attention costs" if BenchmarkSection in kinds else "How the trainings went"


def traits(row: Row) -> list[tuple[str, str]]:
    """What a mechanism declares in words: how time and memory grow, and so on."""
    return [
        (name, value) for name, value in row.traits.items() if isinstance(value, str) and name != "source"
    ]


def uses(row: Row) -> str:
    """The names of all that a mechanism declares it can do."""
    return ", ".join(name for name, value in row.traits.items() if value is True)


def strip(result: ComparisonResult, row: Row) -> list[float]:
    """Where the seeds' scores stand on a line from 0 to 100 that is the same for all mechanisms."""
    everyone = [score for other in result.rows for score in other.scores]
    scale = Scale.of(everyone)
    low, high = scale.limits([*everyone, result.task.chance, result.task.ceiling])
    return [round(100 * (scale.place(score) - low) / (high - low), 2) for score in row.scores]


def _overview(
    sections: Sequence[ComparisonSection],
) -> list[tuple[str, list[tuple[str | None, float] | None]]]:
    """For every mechanism its verdict and mean on every task; the best on average first."""
    table: dict[str, list[tuple[str | None, float] | None]] = {}
    for i, section in enumerate(sections):
        for row in section.result.rows:
            cells = table.setdefault(row.label, [None] * len(sections))
            if row.mean is not None:
                cells[i] = (section.result.verdict(row), row.mean)
    return sorted(table.items(), key=lambda item: (-_average(item[1]), item[0]))


def _average(cells: Sequence[tuple[str | None, float] | None]) -> float:
    return sum(Scale().place(cell[1]) for cell in cells if cell) / len(cells)
