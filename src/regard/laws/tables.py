"""Judgments as Markdown tables: which subject keeps which law, and which supports what."""

from collections.abc import Mapping, Sequence
from typing import Any

from regard.laws.catalog import Laws
from regard.laws.judgment import Judgment, Outcome

MARKS = {"holds": "✓", "broken": "✗", "exempt": "·"}

Judged = Mapping[str, Sequence[Judgment]]
"""The judgments on each subject, by its name."""


def law_table(laws: Laws[Any], judged: Judged) -> str:
    """One row per law: what it says, who keeps it, and who breaks it. It does not apply to the others."""
    names = list(dict.fromkeys(judgment.law for judgments in judged.values() for judgment in judgments))
    rows = []
    for name in names:
        kept, broken = (_with(judged, name, outcome) for outcome in ("holds", "broken"))
        rows.append([f"`{name}`", laws.find(name).sentence, _listed(kept, list(judged)), ", ".join(broken)])
    return "\n".join([_table(["law", "what it says", "kept by", "broken by"], rows), ""])


def support_matrix(laws: Laws[Any], judged: Judged) -> str:
    """One row per subject, one column per claim: ✓ only where every law that needs the claim is kept."""
    claims = laws.proven()
    rows = [
        [subject, *(_support(laws, judgments, claim) for claim in claims)]
        for subject, judgments in judged.items()
    ]
    key = "✓ declared and proven, ✗ declared but a law is broken, · not declared"
    return "\n".join([_table([laws.kind, *claims], rows, ":-:"), "", key, ""])


def unjudged(judged: Judged) -> dict[str, str]:
    """The subjects that are exempt from every law for one and the same reason, and that reason."""
    notes = {
        name: {(judgment.outcome, judgment.note) for judgment in judgments}
        for name, judgments in judged.items()
    }
    alike = {name: next(iter(found)) for name, found in notes.items() if len(found) == 1}
    return {name: note for name, (outcome, note) in alike.items() if outcome == "exempt"}


def _with(judged: Judged, law: str, outcome: Outcome) -> list[str]:
    """The subjects of which a law has judged so."""
    return [
        subject
        for subject, judgments in judged.items()
        if any(judgment.law == law and judgment.outcome == outcome for judgment in judgments)
    ]


def _listed(some: Sequence[str], whole: Sequence[str]) -> str:
    """Some of the subjects, by whichever list is shorter: of them, or of the others."""
    others = [subject for subject in whole if subject not in some]
    if not others:
        return "all"
    return f"all but {', '.join(others)}" if len(others) < len(some) else ", ".join(some)


def _support(laws: Laws[Any], judgments: Sequence[Judgment], claim: str) -> str:
    """The mark of a claim: the worst among the laws that need it, exempt only if no such law applies."""
    proofs = {judgment.outcome for judgment in judgments if claim in laws.find(judgment.law).needs}
    return next((MARKS[outcome] for outcome in ("broken", "holds") if outcome in proofs), MARKS["exempt"])


def _table(head: Sequence[str], rows: Sequence[Sequence[str]], rest: str = "---") -> str:
    """A table whose columns behind the first are aligned as `rest` says."""
    rule = ["---", *[rest] * (len(head) - 1)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (head, rule, *rows))
