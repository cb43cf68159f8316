"""Judgments as Markdown tables: which subject keeps which law, and which supports what."""

from collections.abc import Mapping, Sequence
from typing import Any

from regard.laws.catalog import Laws
from regard.laws.judgment import Judgment

MARKS = {"holds": "✓", "broken": "✗", "exempt": "·"}

Judged = Mapping[str, Sequence[Judgment]]
"""The judgments on each subject, by its name."""


def law_matrix(laws: Laws[Any], judged: Judged) -> str:
    """One row per subject, one numbered column per law, and below it what the numbers stand for."""
    names = list(dict.fromkeys(judgment.law for judgments in judged.values() for judgment in judgments))
    rows = [[subject, *_marks(judgments, names)] for subject, judgments in judged.items()]
    numbers = [str(number) for number in range(1, len(names) + 1)]
    legend = [
        f"{number}. `{name}`: {laws.find(name).sentence}" for number, name in zip(numbers, names, strict=True)
    ]
    key = "✓ kept, ✗ broken, · does not apply"
    return "\n".join([_table([laws.kind, *numbers], rows), "", key, "", *legend, ""])


def support_matrix(laws: Laws[Any], judged: Judged) -> str:
    """One row per subject, one column per claim: ✓ only where every law that needs the claim is kept."""
    claims = laws.proven()
    rows = [
        [subject, *(_support(laws, judgments, claim) for claim in claims)]
        for subject, judgments in judged.items()
    ]
    key = "✓ declared and proven, ✗ declared but a law is broken, · not declared"
    return "\n".join([_table([laws.kind, *claims], rows), "", key, ""])


def unjudged(judged: Judged) -> dict[str, str]:
    """The subjects that are exempt from every law for one and the same reason, and that reason."""
    notes = {
        name: {(judgment.outcome, judgment.note) for judgment in judgments}
        for name, judgments in judged.items()
    }
    alike = {name: next(iter(found)) for name, found in notes.items() if len(found) == 1}
    return {name: note for name, (outcome, note) in alike.items() if outcome == "exempt"}


def _marks(judgments: Sequence[Judgment], names: Sequence[str]) -> list[str]:
    outcomes = {judgment.law: MARKS[judgment.outcome] for judgment in judgments}
    return [outcomes.get(name, " ") for name in names]


def _support(laws: Laws[Any], judgments: Sequence[Judgment], claim: str) -> str:
    """The mark of a claim: the worst among the laws that need it, exempt only if no such law applies."""
    proofs = {judgment.outcome for judgment in judgments if claim in laws.find(judgment.law).needs}
    return next((MARKS[outcome] for outcome in ("broken", "holds") if outcome in proofs), MARKS["exempt"])


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    rule = ["---", *[":-:"] * (len(head) - 1)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (head, rule, *rows))
