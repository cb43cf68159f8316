"""`write_report`: the page, and its figures beside it."""

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from regard.core.errors import Unwritable
from regard.core.files import write
from regard.core.results import BenchmarkResult, OptimizersResult
from regard.pages import Plate
from regard.pages.palette import Style, styles
from regard.pages.slugs import slugs
from regard.report.benchmark_section import BenchmarkSection, draw_benchmark
from regard.report.examined import Examined
from regard.report.page import render_page
from regard.report.photos import photos
from regard.report.plates import Draw, draw_comparison, draw_replicates
from regard.report.project import Compared, Project, read_project
from regard.report.read_maps import readings
from regard.report.sections import ComparisonSection, Exam, Section, TrainingsSection
from regard.report.study_section import StudySection, draw_study
from regard.report.trainings import TaskTrainings

Looks = Mapping[str, Style]
"""How each mechanism is drawn, by its label."""


def write_report(folder: Path | str) -> Path:
    """Write `report.html` into a project folder, and its figures as PNG and SVG into `figures`.

    The page needs no network and no other file. The same store gives the same files, byte by byte.
    A result or predictions that are damaged are named on the page, and the rest is shown. Returns the
    page's path. Raises `MissingFile` where there is nothing to show, `Corrupt` for a store that cannot be
    read or where all is damaged, `Unwritable` where the folder cannot be written.
    """
    folder = Path(folder).expanduser()
    project = read_project(folder)
    with _writing(folder):
        (folder / "figures").mkdir(exist_ok=True)
        page = render_page(_sections(project, folder / "figures"), project.broken)
        path = folder / "report.html"
        write(path, page.encode("utf-8", "replace"))
        return path


def _sections(project: Project, figures: Path) -> list[Section]:
    looks = _styles(project)
    titles = [one.result.task.title for one in project.comparisons]
    names = slugs([*titles, *(f"runs-{group.title}" for group in project.groups)])
    compared = zip(names, project.comparisons, strict=False)
    alone = zip(names[len(titles) :], project.groups, strict=True)
    timed = [(f"benchmark-{result.digest[:8]}", result) for result in project.benchmarks]
    known = Counter((one.result.task.title, one.result.task.subtitle) for one in project.comparisons)
    return [
        *(_comparison(name, one, looks, figures, known) for name, one in compared),
        *(_study(f"study-{study.digest[:8]}", study, looks, figures) for study in project.studies),
        *(_benchmark(name, result, looks, figures) for name, result in timed),
        *(_trainings(name, group, looks, figures) for name, group in alone),
    ]


def _comparison(
    name: str, compared: Compared, looks: Looks, figures: Path, known: Mapping[tuple[str, str], int]
) -> ComparisonSection:
    drawn = draw_comparison(name, compared, looks)
    plates = {kind: _plate(kind, draw, figures) for kind, draw in drawn}
    exams = _exams({label: (looks[label], found) for label, found in compared.examined.items()})
    task = compared.result.task
    return ComparisonSection(
        name=name,
        plates=plates,
        looks=looks,
        exams=exams,
        result=compared.result,
        readings=readings(compared.maps, looks),
        namesakes=known[task.title, task.subtitle] > 1,
    )


def _trainings(name: str, group: TaskTrainings, looks: Looks, figures: Path) -> TrainingsSection:
    drawn = draw_replicates(name, group, looks)
    plates = {kind: _plate(kind, draw, figures) for kind, draw in drawn}
    exams = _exams(
        {replicate.label: (looks[replicate.mechanism], replicate.examined) for replicate in group.drawn}
    )
    return TrainingsSection(name=name, plates=plates, looks=looks, exams=exams, group=group)


def _benchmark(name: str, result: BenchmarkResult, looks: Looks, figures: Path) -> BenchmarkSection:
    plates = {kind: _plate(kind, draw, figures) for kind, draw in draw_benchmark(name, result, looks)}
    return BenchmarkSection(name=name, plates=plates, looks=looks, exams=(), result=result)


def _study(name: str, result: OptimizersResult, looks: Looks, figures: Path) -> StudySection:
    plates = {kind: _plate(kind, draw, figures) for kind, draw in draw_study(name, result, looks)}
    return StudySection(name=name, plates=plates, looks=looks, exams=(), result=result)


def _plate(kind: str, draw: Draw, figures: Path) -> Plate:
    """A figure; one that cannot be drawn says why in its place, and costs no table and no other figure."""
    try:
        return Plate.saved(draw(), figures)
    except (OSError, Unwritable):
        raise
    except Exception as error:  # noqa: BLE001 - whatever the library that draws raises, shown on the page
        return Plate.missing(kind, figures, f"{type(error).__name__}: {error}")


def _exams(found: Mapping[str, tuple[Style, Examined]]) -> tuple[Exam, ...]:
    """Those of which there is anything to tell."""
    return tuple(
        Exam(label, look, examined, photos(label, examined))
        for label, (look, examined) in found.items()
        if examined.figures or examined.predictions
    )


def _styles(project: Project) -> dict[str, Style]:
    rows = [(row.label, row.mechanism) for one in project.comparisons for row in one.result.rows]
    replicates = [
        (replicate.mechanism, replicate.mechanism)
        for group in project.groups
        for replicate in group.replicates
    ]
    timed = [(row.label, row.mechanism) for result in project.benchmarks for row in result.rows]
    studied = [(row.label, row.optimizer.name) for study in project.studies for row in study.rows]
    return styles([*rows, *timed, *studied, *replicates])


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        message = (
            f"The page cannot be written into {folder} ({reason}). Free some space or allow writing there."
        )
        raise Unwritable(message) from error
