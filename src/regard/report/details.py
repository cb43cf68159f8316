"""All that was read with the test split, as one table: sets below one another, figures side by side."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import final

from regard.core.numbers import percent, significant
from regard.core.results import TaskFacts
from regard.pages.order import natural
from regard.pages.palette import Style

SPLIT = "test split"
SCORE = "score"

DetailKey = tuple[str, str]
"""A set and a figure: `("length 64", "score")`; of the test split the set is empty."""

Rank = tuple[list[tuple[int, str]], bool, list[tuple[int, str]]]


@final
@dataclass(frozen=True)
class MechanismFigures:
    """Whose figures they are: a mechanism's, or those of the best guesser, which has no look."""

    name: str
    look: Style | None
    found: Mapping[DetailKey, float]


@final
@dataclass(frozen=True)
class TableRow:
    """A row: values, each with its text."""

    name: str
    look: Style | None
    cells: tuple[tuple[float | None, str], ...]


@final
@dataclass(frozen=True)
class TableBody:
    """Rows of one subject, or of all where each has but one."""

    subject: MechanismFigures | None
    lines: tuple[TableRow, ...]


@final
@dataclass(frozen=True)
class Details:
    """A table: what its rows are, its columns, and its rows."""

    corner: str
    columns: tuple[str, ...]
    blocks: tuple[TableBody, ...]
    beyond: bool
    """Whether there are sets beyond the test split."""


def details(owners: Sequence[MechanismFigures], task: TaskFacts | None) -> Details | None:
    """The table of mechanisms' figures; None where there is nothing beside the score.

    Where there are several sets with several figures each, every mechanism has a block with a row per set;
    else it has one row. What guessing reaches comes first, where the task is known.
    """
    places = {place for owner in owners for place in owner.found}
    if len(places) < 2:
        return None
    subjects = [*([guesser(task, places)] if task else []), *owners]
    ranked = sorted(places, key=rank)
    sets = list(dict.fromkeys(where for where, _ in ranked))
    figures = [figure for _, figure in sorted({("", figure) for _, figure in places}, key=rank)]
    metric = task.metric if task else SCORE
    heads = [metric if figure == SCORE else figure for figure in figures]
    beyond = len(sets) > 1
    if beyond and len(figures) > 1:
        blocks = tuple(_block(one, sets, figures, task) for one in subjects)
        return Details("set", tuple(heads), blocks, beyond)
    across = [(where, figure) for where in sets for figure in figures]
    lines = tuple(_line(one.name, one, across, task) for one in subjects)
    columns = [where or SPLIT for where in sets] if beyond else heads
    return Details("mechanism", tuple(columns), (TableBody(None, lines),), beyond)


def guesser(task: TaskFacts, places: Iterable[DetailKey]) -> MechanismFigures:
    """The best guesser that sees no input."""
    chances = {SCORE: task.chance, **task.chances}
    known = {place: chance_of(chances, place) for place in places}
    return MechanismFigures(
        "chance", None, {place: value for place, value in known.items() if value is not None}
    )


def key_of(name: str) -> DetailKey:
    """What a name in the store means: `length 64/bits`, or `bits` for the test split."""
    where, _, figure = name.rpartition("/")
    return where, figure


def rank(place: DetailKey) -> Rank:
    """A key for sorting: the test split first, sets by their numbers, and in each the score first."""
    where, figure = place
    return natural(where), figure != SCORE, natural(figure)


def chance_of(chances: Mapping[str, float | None], place: DetailKey) -> float | None:
    """What the best guesser that sees no input reaches there, by `Task.chances`; None where nobody knows."""
    where, figure = place
    if where and figure == SCORE:
        return chances.get(where)
    return chances.get(f"{where}/{figure}", chances.get(figure))


def _block(
    one: MechanismFigures, sets: Sequence[str], figures: Sequence[str], task: TaskFacts | None
) -> TableBody:
    lines = [_line(where or SPLIT, one, [(where, figure) for figure in figures], task) for where in sets]
    return TableBody(one, tuple(lines))


def _line(name: str, one: MechanismFigures, places: Sequence[DetailKey], task: TaskFacts | None) -> TableRow:
    values = [(one.found.get(place), place[1]) for place in places]
    return TableRow(name, one.look, tuple((value, said(value, figure, task)) for value, figure in values))


def said(value: float | None, figure: str, task: TaskFacts | None) -> str:
    """Shares as percentages; of a task that is not known only the score is sure to be one."""
    is_share = figure == SCORE if task is None else figure not in task.numbers
    return percent(value) if is_share else significant(value)
