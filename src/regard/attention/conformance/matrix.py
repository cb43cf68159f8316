"""Verdicts as Markdown tables: which mechanism keeps which law, and which supports what."""

from collections.abc import Mapping, Sequence

from regard.attention.conformance.verdict import CATALOG, Verdict

MARKS = {"holds": "✓", "broken": "✗", "exempt": "·"}

SUPPORTS = (
    "causal",
    "cross",
    "padding",
    "edges",
    "window",
    "slopes",
    "streaming",
    "weights",
    "normalized",
    "limit",
)
"""Traits that laws prove: every one of them is needed by some law."""

Judged = Mapping[str, Sequence[Verdict]]
"""The verdicts on each mechanism, by its name."""


def law_matrix(judged: Judged) -> str:
    """One row per mechanism, one numbered column per law, and below it what the numbers stand for."""
    laws = list(dict.fromkeys(verdict.law for verdicts in judged.values() for verdict in verdicts))
    rows = [[name, *_marks(verdicts, laws)] for name, verdicts in judged.items()]
    numbers = [str(number) for number in range(1, len(laws) + 1)]
    legend = [
        f"{number}. `{law}`: {CATALOG.build(law).sentence}" for number, law in zip(numbers, laws, strict=True)
    ]
    key = "✓ kept, ✗ broken, · does not apply"
    return "\n".join([_table(["mechanism", *numbers], rows), "", key, "", *legend, ""])


def support_matrix(judged: Judged) -> str:
    """One row per mechanism, one column per trait: ✓ only where every law that needs the trait is kept."""
    rows = [[name, *(_support(verdicts, trait) for trait in SUPPORTS)] for name, verdicts in judged.items()]
    key = "✓ declared and proven, ✗ declared but a law is broken, · not declared"
    return "\n".join([_table(["mechanism", *SUPPORTS], rows), "", key, ""])


def _marks(verdicts: Sequence[Verdict], laws: Sequence[str]) -> list[str]:
    outcomes = {verdict.law: MARKS[verdict.outcome] for verdict in verdicts}
    return [outcomes.get(law, " ") for law in laws]


def _support(verdicts: Sequence[Verdict], trait: str) -> str:
    """The mark of a trait: the worst among the laws that need it, exempt only if no such law applies."""
    proofs = {verdict.outcome for verdict in verdicts if trait in CATALOG.find(verdict.law).needs}
    return next((MARKS[outcome] for outcome in ("broken", "holds") if outcome in proofs), MARKS["exempt"])


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    rule = ["---", *[":-:"] * (len(head) - 1)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (head, rule, *rows))
