"""All that a search has done: what was born, refused, measured and judged, and why."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self, final

from regard.core.errors import InvalidOption, MissingFile
from regard.core.files import writing
from regard.search.candidate import Judged
from regard.search.promotion import Decision
from regard.search.tables import SEARCH
from regard.store.database import Database

FILE = "search.sqlite"


@final
@dataclass(frozen=True)
class Birth:
    """A candidate as the ledger knows it: its genome is plain JSON."""

    number: int
    identity: str
    genome: Any
    parents: tuple[int, ...]
    operator: str
    told: int
    """How many times the strategy had been told something when it was born."""


@final
@dataclass(frozen=True)
class Refusal:
    """What was drawn in the place of a candidate, and not evaluated."""

    number: int
    """Of the candidate that was sought."""
    operator: str
    twin: int | None
    """The candidate that it is the same as."""
    reason: str


@final
@dataclass(frozen=True)
class Score:
    """What one training gave."""

    subject: str
    """What was trained, such as `candidate 7` or `control softmax`."""
    rung: int
    proxy: str
    seed: int
    score: float | None
    """None where there is none, for the reason beside it."""
    reason: str = ""
    seconds: float = 0.0


@final
@dataclass(frozen=True)
class Audit:
    """What is known of a candidate before it is trained."""

    number: int
    costs: Mapping[str, float] | None
    """None where it did not pass, for the reason beside it."""
    reason: str = ""
    seconds: float = 0.0


@final
class Ledger:
    """The file `search.sqlite` of a folder. Whatever is written is kept as soon as the call returns.

    Every method may raise `Unwritable` or `Corrupt`.
    """

    def __init__(self, folder: Path) -> None:
        with writing(folder):
            folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self._database = Database.open(folder / FILE, SEARCH)

    @classmethod
    def existing(cls, folder: Path) -> Self:
        """The ledger of a folder that has one. Raises `MissingFile` where there is none."""
        if not (folder / FILE).is_file():
            raise MissingFile(
                f"{folder} holds no {FILE}, so no search was run there. Give the folder that `--out` named."
            )
        return cls(folder)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file."""
        self._database.close()

    def describe(self, description: Mapping[str, Any]) -> None:
        """Say what is searched. The same search may be asked for more evaluations than before.

        Raises `InvalidOption` where the folder holds another search, or has evaluated more already.
        """
        text = json.dumps(description, sort_keys=True)
        known, given = self.description() or {}, json.loads(text)
        different = sorted(key for key in {*known, *given} if known.get(key) != given.get(key))
        longer = different == ["evaluations"] and given["evaluations"] > known["evaluations"]
        if known and different and not longer:
            raise InvalidOption(
                f"{self.folder} holds a search with other settings ({', '.join(different)}). "
                f"Give the same settings again to go on with it, or another folder. "
                f"Of evaluations there may be more."
            )
        if different:
            self._database.insert("INSERT INTO description VALUES (?)", [(text,)])

    def description(self) -> Any:
        """What is searched, as it was last said; None before anything is said."""
        found = self._database.rows("SELECT text FROM description ORDER BY rowid DESC LIMIT 1")
        return json.loads(found[0][0]) if found else None

    def bear(self, births: Iterable[Birth], refusals: Sequence[Refusal]) -> None:
        """Keep new candidates, and what was drawn in their place."""
        now = _now()
        rows = [
            (b.number, b.identity, json.dumps(b.genome), json.dumps(b.parents), b.operator, b.told, now)
            for b in births
        ]
        refused = [(r.number, i, r.operator, r.twin, r.reason) for i, r in enumerate(refusals)]
        self._database.insert_together(
            [
                ("INSERT INTO candidates VALUES (?, ?, ?, ?, ?, ?, ?)", rows),
                ("INSERT OR IGNORE INTO refusals VALUES (?, ?, ?, ?, ?)", refused),
            ]
        )

    def births(self) -> list[Birth]:
        """All candidates, in order."""
        query = "SELECT number, identity, genome, parents, operator, told FROM candidates ORDER BY number"
        return [
            Birth(number, identity, json.loads(genome), tuple(json.loads(parents)), operator, told)
            for number, identity, genome, parents, operator, told in self._database.rows(query)
        ]

    def begun(self) -> str | None:
        """When the first candidate was born; None before."""
        found: str | None = self._database.rows("SELECT min(time) FROM candidates")[0][0]
        return found

    def refusals(self) -> list[Refusal]:
        """All that was drawn and not evaluated."""
        query = "SELECT number, operator, twin, reason FROM refusals ORDER BY number, draw"
        return [Refusal(*row) for row in self._database.rows(query)]

    def audit(self, audit: Audit) -> None:
        """Keep what is known of a candidate before it is trained."""
        costs = None if audit.costs is None else json.dumps(dict(audit.costs))
        row = (audit.number, costs, audit.reason, audit.seconds)
        self._database.insert("INSERT OR IGNORE INTO audits VALUES (?, ?, ?, ?)", [row])

    def audits(self) -> dict[int, Audit]:
        """By the number of the candidate."""
        found = self._database.rows("SELECT number, costs, reason, seconds FROM audits ORDER BY number")
        return {
            number: Audit(number, None if costs is None else json.loads(costs), reason, seconds)
            for number, costs, reason, seconds in found
        }

    def score(self, score: Score) -> None:
        """Keep what a training gave."""
        row = (*vars(score).values(), _now())
        self._database.insert("INSERT OR IGNORE INTO scores VALUES (?, ?, ?, ?, ?, ?, ?, ?)", [row])

    def scores(self) -> list[Score]:
        """All that trainings gave."""
        query = """SELECT subject, rung, proxy, seed, score, reason, seconds FROM scores
                   ORDER BY time, subject, rung, proxy, seed"""
        return [Score(*row) for row in self._database.rows(query)]

    def decide(self, decisions: Iterable[Decision]) -> None:
        """Keep who leaves the first rung."""
        rows = [(each.number, each.probability, each.promoted) for each in decisions]
        self._database.insert("INSERT OR IGNORE INTO decisions VALUES (?, ?, ?)", rows)

    def decisions(self) -> dict[int, Decision]:
        """By the number of the candidate."""
        found = self._database.rows("SELECT number, probability, promoted FROM decisions ORDER BY number")
        return {number: Decision(number, share, bool(promoted)) for number, share, promoted in found}

    def judge(self, turn: int, judged: Iterable[Judged]) -> None:
        """Keep what the strategy is told at its turn-th turn."""
        now = _now()
        rows = [
            (
                turn,
                j.number,
                None if j.losses is None else json.dumps(j.losses),
                j.violation,
                j.repeats,
                j.reason,
                now,
            )
            for j in judged
        ]
        self._database.insert("INSERT INTO judgments VALUES (?, ?, ?, ?, ?, ?, ?)", rows)

    def judgments(self) -> list[list[Judged]]:
        """What the strategy was told, turn by turn."""
        turns: dict[int, list[Judged]] = {}
        query = """SELECT turn, number, losses, violation, repeats, reason FROM judgments
                   ORDER BY turn, number"""
        for turn, number, losses, violation, repeats, reason in self._database.rows(query):
            known = None if losses is None else tuple(json.loads(losses))
            turns.setdefault(turn, []).append(Judged(number, known, violation, repeats, reason))
        return list(turns.values())

    def times(self) -> list[tuple[str, int]]:
        """When candidates were judged for the first time, and their numbers."""
        query = "SELECT min(time), number FROM judgments GROUP BY number ORDER BY min(time)"
        return [(time, number) for time, number in self._database.rows(query)]


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
