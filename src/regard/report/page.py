"""From figures and documents to the text of the page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

from regard.core.results import ComparisonResult, Row, TaskFacts
from regard.pages import Photo, Plate, render
from regard.pages.flatten import flat
from regard.pages.palette import Style
from regard.pages.scale import Scale
from regard.report.details import Details, Subject, details
from regard.report.examined import Examined
from regard.report.groups import Group
from regard.report.summary import Answer, answer, judged

TEMPLATE = Path(__file__).parent / "page.html"

VERDICTS = ("better", "baseline", "equivalent", "undecided", "worse", None)
"""In the order in which the page shows them; None is for those without a result."""

SHOWN_CLASSES = 30

SIGNS: Mapping[str | None, str] = {
    "better": "▲",
    "baseline": "●",
    "equivalent": "≈",
    "undecided": "?",
    "worse": "▼",
    None: "×",
}


@dataclass(frozen=True)
class Exam:
    """What the test split told of one mechanism beside its score."""

    label: str
    look: Style
    found: Examined
    photos: tuple[Photo, ...]


@dataclass(frozen=True)
class Section:
    """A part of the page: one comparison, or the trainings on one task that belong to none."""

    name: str
    plates: Mapping[str, Plate]
    looks: Mapping[str, Style]
    result: ComparisonResult | None = None
    group: Group | None = None
    exams: tuple[Exam, ...] = ()

    @property
    def title(self) -> str:
        """What the section is called."""
        if self.result:
            return self.result.task.title
        assert self.group is not None
        return f"Trainings on {self.group.title}"

    @property
    def subtitle(self) -> str:
        """What tells the task from others of its name; empty if nothing."""
        if self.result:
            return self.result.task.subtitle
        assert self.group is not None
        return self.group.subtitle

    @property
    def whole_title(self) -> str:
        """Title and subtitle in one line."""
        return f"{self.title} ({self.subtitle})" if self.subtitle else self.title

    @property
    def facts(self) -> TaskFacts | None:
        """What is known of the task."""
        return self.result.task if self.result else self.group.facts if self.group else None

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader of the scores must know."""
        if self.result:
            return (self.result.task.note,) if self.result.task.note else ()
        return self.group.notes if self.group else ()

    @property
    def answer(self) -> Answer:
        """The finding in plain words."""
        assert self.result is not None
        return answer(self.result)

    @property
    def details(self) -> Details | None:
        """The figures beside the score, if there are any."""
        return details(
            [Subject(exam.label, exam.look, exam.found.figures) for exam in self.exams], self.facts
        )

    @property
    def classes(self) -> list[str]:
        """The classes that are hardest on average, as many as a table can show."""
        shares = [exam.found.by_class for exam in self.exams]
        found = {
            name: [share[name] for share in shares if name in share] for share in shares for name in share
        }
        return sorted(found, key=lambda name: fmean(found[name]))[:SHOWN_CLASSES]

    @property
    def classes_left(self) -> int:
        """Classes that are not shown."""
        return len({name for exam in self.exams for name in exam.found.by_class}) - len(self.classes)

    @property
    def groups(self) -> list[tuple[str | None, list[Row]]]:
        """The rows by verdict, without verdicts that nobody got."""
        assert self.result is not None
        found = [(verdict, judged(self.result, verdict)) for verdict in VERDICTS]  # type: ignore[arg-type]
        return [(verdict, rows) for verdict, rows in found if rows]

    @property
    def settings(self) -> list[tuple[str, str]]:
        """The description and the versions, one line each."""
        assert self.result is not None
        said = {key: value for key, value in self.result.description.items() if key != "mechanisms"}
        return [*flat(said), *flat(self.result.versions, "versions")]


def render_page(sections: Sequence[Section], broken: Sequence[str] = ()) -> str:
    """The whole page, with what could not be read. Whatever came from a user is escaped."""
    compared = [section for section in sections if section.result]
    values = {
        "sections": sections,
        "broken": broken,
        "compared": compared,
        "overview": _overview(compared),
        "signs": SIGNS,
        "strip": strip,
        "traits": traits,
        "uses": uses,
    }
    return render(TEMPLATE, values)


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


def _overview(sections: Sequence[Section]) -> list[tuple[str, list[tuple[str | None, float] | None]]]:
    """For every mechanism its verdict and mean on every task; the best on average first."""
    table: dict[str, list[tuple[str | None, float] | None]] = {}
    for i, section in enumerate(sections):
        assert section.result is not None
        for row in section.result.rows:
            cells = table.setdefault(row.label, [None] * len(sections))
            if row.mean is not None:
                cells[i] = (section.result.verdict(row), row.mean)
    return sorted(table.items(), key=lambda item: (-_average(item[1]), item[0]))


def _average(cells: Sequence[tuple[str | None, float] | None]) -> float:
    return sum(Scale().place(cell[1]) for cell in cells if cell) / len(cells)
