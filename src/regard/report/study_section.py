"""The part of a page about optimizers: fit and generalization at equal cost, and at equal training loss."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import ClassVar, final

from regard.core.results.optimizers import Group, Mean, OptimizersResult
from regard.core.results.optimizers_table import answer, conclusion, level_words
from regard.core.results.task import TaskFacts
from regard.pages.flatten import flat
from regard.pages.palette import Style
from regard.report.figures.optimizer_curves import ALL_AGAINST, Against, draw_losses, draw_scores
from regard.report.figures.optimizers import draw_fit
from regard.report.plates import Draw
from regard.report.sections import Section


@final
@dataclass(frozen=True, kw_only=True)
class StudySection(Section):
    """Several optimizers on one task at one budget; for each model a figure of fit and generalization, curves
    against what training cost, and tables at the equal budget and at the equal training loss.
    """

    template: ClassVar[str] = "study.html"

    result: OptimizersResult

    @property
    def title(self) -> str:
        return f"Optimizers on {self.result.task.title}"

    @property
    def subtitle(self) -> str:
        return self.result.task.subtitle

    @property
    def facts(self) -> TaskFacts:
        return self.result.task

    @property
    def notes(self) -> tuple[str, ...]:
        return (self.result.task.note,) if self.result.task.note else ()

    @property
    def settings(self) -> list[tuple[str, str]]:
        """The description and the versions, one line each."""
        said = {key: value for key, value in self.result.description.items() if key != "entries"}
        return [*flat(said), *flat(self.result.versions, "versions")]

    def said(self, group: Group) -> list[str]:
        """What is to be known of a group's figures, a sentence each."""
        return [words for words in (conclusion(group), answer(group), level_words(group)) if words]

    def model(self, group: Group) -> str:
        """The settings that tell a group from the others; empty where there is one."""
        return ", ".join(f"{name} {value}" for name, value in group.model.items())

    def further(self, group: Group) -> list[str]:
        """The names of the further figures that a row of the group has, without those of losses."""
        names = dict.fromkeys(name for row in group.rows for name in row.details)
        return [name for name in names if not name.endswith("loss")]

    def against(self, group: Group) -> list[Against]:
        """What the curves of a group are drawn against."""
        return [each for each in ALL_AGAINST if each.rows(group)]

    def figure(self, mean: Mean | None) -> float | None:
        """The figure alone."""
        return None if mean is None else mean.mean


def draw_study(name: str, result: OptimizersResult, looks: Mapping[str, Style]) -> Iterator[tuple[str, Draw]]:
    """All figures by kind and number of the group, each drawn when it is called."""
    for i, group in enumerate(result.groups):
        yield f"fit_{i}", partial(draw_fit, f"{name}-fit-{i}", result, group, looks)
        for against in ALL_AGAINST:
            if against.rows(group):
                end = f"{against.name}-{i}"
                yield (
                    f"scores_{against.name}_{i}",
                    partial(draw_scores, f"{name}-scores-{end}", group, looks, against),
                )
                yield (
                    f"losses_{against.name}_{i}",
                    partial(draw_losses, f"{name}-losses-{end}", group, looks, against),
                )
