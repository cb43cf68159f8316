"""The conclusion in plain words: who wins, who is as good, who is not, and what cannot be said."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import final

from regard.core.numbers import distance, percent, points, signed_span
from regard.core.results import ComparisonResult, Row, Verdict

NAMED = 5
"""Mechanisms that a sentence names before it only counts."""


@final
@dataclass(frozen=True)
class Conclusion:
    """One sentence with the finding, and the sentences that explain it."""

    headline: str
    sentences: tuple[str, ...]


def conclude(result: ComparisonResult) -> Conclusion:
    """What a comparison found. Nothing is said that its tests do not carry."""
    sentences = (
        _equivalent(result),
        _worse(result),
        _undecided(result),
        _at_chance(result),
        _method(result),
        _failures(result),
        _left_out(result),
        *(f"Note: {row.label}: {remark}" for row in result.ranked for remark in row.remarks),
        "All of this holds for this task, this size of model and this length of training, and for no other.",
    )
    return Conclusion(_headline(result), tuple(sentence for sentence in sentences if sentence))


def judged(result: ComparisonResult, verdict: Verdict | None) -> list[Row]:
    """The rows with a verdict, the best mean first; None asks for those that could not be judged."""
    return [row for row in result.ranked if result.verdict(row) == verdict]


def listed(words: Sequence[str]) -> str:
    """Words as a sentence lists them: `a, b and c`."""
    return " and ".join(part for part in (", ".join(words[:-1]), words[-1] if words else "") if part)


def _headline(result: ComparisonResult) -> str:
    base, better = result.base, judged(result, "better")
    if base is None or base.mean is None:
        return f"The baseline {result.baseline} has no result, so nothing can be judged against it."
    known = f"{result.baseline} ({percent(base.mean)})"
    if not better:
        equal = judged(result, "equivalent")
        same = (
            f"; {_named(row.label for row in equal)} {'is' if len(equal) == 1 else 'are'} as good"
            if equal
            else ""
        )
        return f"No mechanism was shown to beat {known}{same}."
    first = f"{better[0].label} ({percent(better[0].mean)})"
    if len(better) == 1:
        return f"{first} beats {known}."
    return f"{len(better)} mechanisms beat {known}; of them {first} has the highest mean."


def _equivalent(result: ComparisonResult) -> str:
    margin = f"±{distance(result.margin)}"
    names = [row.label for row in judged(result, "equivalent")]
    if not names:
        return f"None counts as equivalent, that is, without a difference found and within {margin}."
    return f"Equivalent to {result.baseline}, within {margin}: {_named(names)}."


def _worse(result: ComparisonResult) -> str:
    """Worse at all, and worse by little: a difference can be found and yet be too small to matter."""
    rows = judged(result, "worse")
    little = [row for row in rows if _within(row, result.margin)]
    much = [row for row in rows if row not in little]
    near = f"Worse, though by less than {distance(result.margin)}: {_by(little)}." if little else ""
    return " ".join(part for part in (f"Worse: {_by(much)}." if much else "", near) if part)


def _within(row: Row, margin: float) -> bool:
    interval = row.difference.interval if row.difference else None
    return interval is not None and max(abs(end) for end in interval) < margin


def _by(rows: Sequence[Row]) -> str:
    return _named(f"{row.label} ({points(row.difference.mean)})" for row in rows if row.difference)


def _undecided(result: ComparisonResult) -> str:
    rows = judged(result, "undecided")
    said = [f"{row.label} ({signed_span(row.difference.interval)})" for row in rows if row.difference]
    if not said:
        return ""
    return (
        f"Undecided, as the data fit more than one answer (95 % interval of the difference): {_named(said)}."
    )


def _at_chance(result: ComparisonResult) -> str:
    chance = result.task.chance
    names = [row.label for row in result.ranked if row.interval and row.interval[0] <= chance]
    return f"Not shown to beat chance ({percent(chance)}): {_named(names)}." if names else ""


def _method(result: ComparisonResult) -> str:
    tests = sorted({row.difference.test for row in result.rows if row.difference})
    seeds = max(len(row.seeds) for row in result.rows)
    trials = max(len(row.trials) for row in result.rows)
    values = f"{trials} values of the {result.tuned_words}"
    chosen = f", at the best of {values} on validation data" if trials > 1 else ""
    if not tests:
        return f"Every mechanism was trained with {_counted(seeds, 'seed')}{chosen}; nothing was tested."
    number = sum(row.difference is not None for row in result.rows)
    same = "; equivalence: two one-sided t-tests" if _equivalence_tested(result) else ""
    return (
        f"Every mechanism was trained with {_counted(seeds, 'seed')}{chosen}, then scored once on the test "
        f"split. Differences: {listed(tests)}{same}; Holm's correction over {_counted(number, 'mechanism')}, "
        f"level {result.level:g}."
    )


def _equivalence_tested(result: ComparisonResult) -> bool:
    differences = [row.difference for row in result.rows if row.difference]
    return any(each.p_equivalence_holm is not None for each in differences)


def _failures(result: ComparisonResult) -> str:
    failed = [f"{row.label} ({row.failures} of {len(row.seeds)})" for row in result.ranked if row.failures]
    if not failed:
        return ""
    return f"Trainings that failed, and are missing from the means: {_named(failed)}."


def _left_out(result: ComparisonResult) -> str:
    names = sorted(each.mechanism for each in result.left_out)
    return f"Left out: {_named(names)}." if names else ""


def _named(words: Iterable[str]) -> str:
    words = list(words)
    if len(words) <= NAMED + 1:
        return listed(words)
    return f"{', '.join(words[:NAMED])} and {len(words) - NAMED} more"


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")
