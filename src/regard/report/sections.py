"""The parts of a page: each shows one comparison, or the trainings on one task that belong to none."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import fmean
from typing import ClassVar, final

from regard.core.results import ComparisonResult, Row, TaskFacts, Verdict
from regard.core.results.headline import judged
from regard.core.user_file import named_by, short
from regard.pages import Photo, Plate
from regard.pages.flatten import flat
from regard.pages.palette import Style
from regard.report.details import Details, MechanismFigures, details
from regard.report.examined import Examined
from regard.report.read_maps import Readings
from regard.report.summary import Conclusion, conclude
from regard.report.trainings import TaskTrainings

VERDICTS: tuple[Verdict | None, ...] = ("better", "baseline", "equivalent", "undecided", "worse", None)
"""In the order in which the page shows them; None is for those without a result."""

SHOWN_CLASSES = 30


@final
@dataclass(frozen=True)
class Exam:
    """What the test split told of one mechanism beside its score."""

    label: str
    look: Style
    found: Examined
    photos: tuple[Photo, ...]


@dataclass(frozen=True, kw_only=True)
class Section(ABC):
    """A part of the page about one task."""

    template: ClassVar[str]

    name: str
    """By which links find the section."""
    plates: Mapping[str, Plate]
    looks: Mapping[str, Style]
    exams: tuple[Exam, ...]

    @property
    @abstractmethod
    def title(self) -> str:
        """What the section is called."""

    @property
    @abstractmethod
    def subtitle(self) -> str:
        """What tells the task from others of its name; empty if nothing."""

    @property
    @abstractmethod
    def facts(self) -> TaskFacts | None:
        """What is known of the task."""

    @property
    @abstractmethod
    def notes(self) -> tuple[str, ...]:
        """What a reader of the scores must know."""

    @property
    def whole_title(self) -> str:
        """Title and subtitle in one line."""
        return f"{self.title} ({self.subtitle})" if self.subtitle else self.title

    @property
    def details(self) -> Details | None:
        """The figures beside the score, if there are any."""
        subjects = [MechanismFigures(exam.label, exam.look, exam.found.figures) for exam in self.exams]
        return details(subjects, self.facts)

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


@final
@dataclass(frozen=True, kw_only=True)
class ComparisonSection(Section):
    """A comparison: its conclude, figures, tables, and a card for each mechanism."""

    template: ClassVar[str] = "comparison.html"

    result: ComparisonResult
    readings: Readings | None = None
    """What each mechanism reads; None where that was not looked at."""
    namesakes: bool = False
    """Whether the page has further comparisons with the same title and options."""

    @property
    def title(self) -> str:
        return self.result.task.title

    @property
    def subtitle(self) -> str:
        """With namesakes also what tells them apart."""
        parts = [self.result.task.subtitle, *(self.provenance if self.namesakes else ())]
        return ", ".join(part for part in parts if part)

    @property
    def provenance(self) -> tuple[str, ...]:
        """The day, the version, the content of users' own files, and the comparison's digest."""
        result = self.result
        specs = [spec.name for row in result.rows for spec in row.specs]
        files = dict.fromkeys(name for name in (result.task.name, *specs) if named_by(name))
        version = result.versions.get("regard")
        return (
            *([result.date] if result.date else []),
            *([f"regard {version}"] if version else []),
            *(f"{short(name)} {name.rpartition('@')[2]}" for name in files if "@" in name),
            f"comparison {result.digest[:8]}",
        )

    @property
    def facts(self) -> TaskFacts:
        return self.result.task

    @property
    def notes(self) -> tuple[str, ...]:
        return (self.result.task.note,) if self.result.task.note else ()

    @property
    def conclusion(self) -> Conclusion:
        """The finding in plain words."""
        return conclude(self.result)

    @property
    def groups(self) -> list[tuple[Verdict | None, list[Row]]]:
        """The rows by verdict, without verdicts that nobody got."""
        found = [(verdict, judged(self.result, verdict)) for verdict in VERDICTS]
        return [(verdict, rows) for verdict, rows in found if rows]

    @property
    def settings(self) -> list[tuple[str, str]]:
        """The description and the versions, one line each."""
        said = {key: value for key, value in self.result.description.items() if key != "entries"}
        return [*flat(said), *flat(self.result.versions, "versions")]


@final
@dataclass(frozen=True, kw_only=True)
class TrainingsSection(Section):
    """Trainings that belong to no comparison: curves and a table, without verdicts."""

    template: ClassVar[str] = "trainings.html"

    group: TaskTrainings

    @property
    def title(self) -> str:
        return f"Trainings on {self.group.title}"

    @property
    def subtitle(self) -> str:
        return self.group.subtitle

    @property
    def facts(self) -> TaskFacts | None:
        return self.group.facts

    @property
    def notes(self) -> tuple[str, ...]:
        return self.group.notes
