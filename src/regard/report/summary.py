"""The conclusion in plain words: who wins, who is as good, who is not, and what cannot be said."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

from regard.core.numbers import counted, distance, percent, points, signed_span
from regard.core.results import ComparisonResult, Difference, Row
from regard.core.results.headline import headline, judged, listed, named, no_further_seeds


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
        _decided(result),
        no_further_seeds(result),
        _at_chance(result),
        _method(result),
        _failures(result),
        _left_out(result),
        *(f"Note: {row.label}: {remark}" for row in result.ranked for remark in row.remarks),
        "All of this holds for this task, this size of model and this length of training, and for no other.",
    )
    return Conclusion(headline(result), tuple(sentence for sentence in sentences if sentence))


def _equivalent(result: ComparisonResult) -> str:
    margin = f"±{distance(result.margin)}"
    names = [row.label for row in judged(result, "equivalent")]
    if not names:
        return f"None counts as equivalent, that is, without a difference found and within {margin}."
    return f"Equivalent to {result.baseline}, within {margin}: {named(names)}."


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
    return named(f"{row.label} ({points(row.difference.mean)})" for row in rows if row.difference)


def _undecided(result: ComparisonResult) -> str:
    rows = judged(result, "undecided")
    said = [f"{row.label} ({_open(row.difference)})" for row in rows if row.difference]
    if not said:
        return ""
    return (
        "Undecided, as the data fit more than one answer (interval of the difference at the level of the "
        f"verdict): {named(said)}."
    )


def _open(difference: Difference) -> str:
    needed = f", likely {difference.seeds_needed} seeds in all" if difference.seeds_needed else ""
    return f"{signed_span(difference.interval)}{needed}"


def _at_chance(result: ComparisonResult) -> str:
    names = [row.label for row in result.ranked if result.at_chance(row)]
    if not names:
        return ""
    beyond = f"chance ({percent(result.task.chance)}) by more than {distance(result.margin)}"
    return f"Not shown to beat {beyond}: {named(names)}."


def _decided(result: ComparisonResult) -> str:
    """At which look what was decided, where there were several."""
    if len(result.looks) < 2:
        return ""
    at = [
        f"at {seeds} seeds: {named(labels)}"
        for seeds in result.looks
        if (labels := [row.label for row in result.ranked if _when(row) == seeds])
    ]
    return f"Decided {'; '.join(at)}." if at else ""


def _when(row: Row) -> int | None:
    return row.difference.decided_at if row.difference else None


def _method(result: ComparisonResult) -> str:
    tests = sorted({row.difference.test for row in result.rows if row.difference})
    seeds = _seeds(result)
    trials = max(len(row.trials) for row in result.rows)
    values = f"{trials} values of the {result.tuned_words}"
    chosen = f", at the best of {values} on validation data" if trials > 1 else ""
    if not tests:
        return f"Every mechanism was trained with {seeds}{chosen}; nothing was tested."
    number = sum(row.difference is not None for row in result.rows)
    same = "; equivalence: two one-sided t-tests" if _equivalence_tested(result) else ""
    return (
        f"Every mechanism was trained with {seeds}{chosen}, then scored once on the test "
        f"split. Differences: {listed(tests)}{same}; Holm's correction over {counted(number, 'mechanism')}, "
        f"{_spending(result)}level {result.level:g}."
    )


def _seeds(result: ComparisonResult) -> str:
    counts = sorted({len(row.seeds) for row in result.rows})
    most = counted(counts[-1], "seed")
    return most if len(counts) == 1 else f"{counts[0]} to {most}, as many as its verdict needed"


def _spending(result: ComparisonResult) -> str:
    if len(result.looks) < 2:
        return ""
    return f"alpha spending over looks at {listed([str(seeds) for seeds in result.looks])} seeds, "


def _equivalence_tested(result: ComparisonResult) -> bool:
    differences = [row.difference for row in result.rows if row.difference]
    return any(each.p_equivalence_holm is not None for each in differences)


def _failures(result: ComparisonResult) -> str:
    failed = [f"{row.label} ({row.failures} of {len(row.seeds)})" for row in result.ranked if row.failures]
    if not failed:
        return ""
    return f"Trainings that failed, and are missing from the means: {named(failed)}."


def _left_out(result: ComparisonResult) -> str:
    names = sorted(each.mechanism for each in result.left_out)
    return f"Left out: {named(names)}." if names else ""
