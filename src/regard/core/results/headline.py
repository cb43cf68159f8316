"""The finding of a comparison in a sentence or two."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import final

from regard.core.numbers import distance, percent, points
from regard.core.results.comparison import ComparisonResult, Row
from regard.core.results.difference import Beyond, Difference, Verdict

NAMED = 5
"""Mechanisms that a sentence names before it only counts."""


def headline(result: ComparisonResult) -> str:
    """Who wins on the test split, and the largest difference on sets outside the training distribution.

    Nothing is said that the tests do not carry.
    """
    base = result.base
    if base is None or base.mean is None:
        return f"The baseline {result.baseline} has no result, so nothing can be judged against it."
    return " ".join(part for part in (_within(result, base, base.mean), _outside(result)) if part)


def no_further_seeds(result: ComparisonResult) -> str:
    """Who is undecided and yet got no seeds beyond an early look, and why; empty if nobody."""
    rows = [
        row
        for row in judged(result, "undecided")
        if result.looks and len(row.seeds) < result.looks[-1] and row.difference and row.difference.pairs
    ]
    if not rows:
        return ""
    names = named(row.label for row in rows)
    both = f"neither {'it' if len(rows) == 1 else 'they'} nor {result.baseline}"
    return f"No further seeds for {names}: {both} {_be(rows)} shown to beat chance."


def judged(result: ComparisonResult, verdict: Verdict | None) -> list[Row]:
    """The rows with a verdict, the best mean first; None asks for those that could not be judged."""
    return [row for row in result.ranked if result.verdict(row) == verdict]


def listed(words: Sequence[str]) -> str:
    """Words as a sentence lists them: `a, b and c`."""
    return " and ".join(part for part in (", ".join(words[:-1]), words[-1] if words else "") if part)


def named(words: Iterable[str]) -> str:
    """The first of many words, and how many more there are."""
    words = list(words)
    if len(words) <= NAMED + 1:
        return listed(words)
    return f"{', '.join(words[:NAMED])} and {len(words) - NAMED} more"


def _within(result: ComparisonResult, base: Row, mean: float) -> str:
    """The finding on the test split."""
    if result.nothing_learned:
        return (
            f"Nothing was learned: no mechanism is shown to beat chance ({percent(result.task.chance)}) by "
            f"more than {distance(result.margin)}. Train longer."
        )
    known = f"{result.baseline} ({percent(mean)})"
    better = judged(result, "better")
    if len(better) > 1:
        first = f"{better[0].label} ({percent(better[0].mean)})"
        found = f"{len(better)} mechanisms beat {known}; of them {first} has the highest mean."
    elif better:
        found = f"{better[0].label} ({percent(better[0].mean)}) beats {known}."
    else:
        found = f"No mechanism was shown to beat {known}{_others(result)}."
    if result.at_chance(base):
        found += f" {result.baseline} itself is not shown to beat chance ({percent(result.task.chance)})."
    return found


def _others(result: ComparisonResult) -> str:
    """Who is as good as the baseline, and who is worse by how much."""
    equal, worse = judged(result, "equivalent"), judged(result, "worse")
    parts = []
    if equal:
        parts.append(f"{named(row.label for row in equal)} {_be(equal)} as good")
    if worse:
        said = named(f"{row.label} ({points(row.difference.mean)})" for row in worse if row.difference)
        parts.append(f"{said} {_be(worse)} worse")
    return "".join(f"; {part}" for part in parts)


def _be(rows: Sequence[Row]) -> str:
    return "is" if len(rows) == 1 else "are"


@final
@dataclass(frozen=True)
class _Contrast:
    """One mechanism and the baseline on a set outside the training distribution."""

    row: Row
    found: Beyond
    base: Beyond
    difference: Difference

    @property
    def size(self) -> tuple[bool, float]:
        """What beats the baseline comes before what falls behind it, and of these the larger difference."""
        return self.difference.verdict == "better", abs(self.difference.mean or 0.0)


def _outside(result: ComparisonResult) -> str:
    """The largest difference that is sure outside the training distribution; empty if none is."""
    contrasts = _contrasts(result)
    if not contrasts:
        return ""
    one = max(contrasts, key=lambda contrast: contrast.size)
    own, base = percent(one.found.mean), percent(one.base.mean)
    verb = "beats" if one.difference.verdict == "better" else "falls behind"
    where = f"Outside the training distribution, at {one.found.name},"
    chance = result.task.chances.get(one.found.name)
    level = "" if chance is None else f", where chance is {percent(chance)}"
    return f"{where} {one.row.label} ({own}) {verb} {result.baseline} ({base}){level}."


def _contrasts(result: ComparisonResult) -> list[_Contrast]:
    base = {each.name: each for each in (result.base.beyond if result.base else ())}
    return [
        _Contrast(row, each, base[each.name], each.difference)
        for row in result.ranked
        for each in row.beyond
        if each.name in base and each.difference and each.difference.found
    ]
