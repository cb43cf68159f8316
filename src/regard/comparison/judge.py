"""The verdicts: every mechanism against the baseline, seed by seed, look by look."""

from collections.abc import Mapping

from regard.comparison.look import Look
from regard.comparison.standard import Scores, Standard, first
from regard.core.results import Difference


def judge(scores: Mapping[str, Scores], baseline: str, standard: Standard) -> dict[str, Difference]:
    """The difference of every mechanism but the baseline, corrected for there being many (Holm 1979) and for
    several looks (Lan and DeMets 1983).

    There are as many looks as the baseline has seeds for. A look judges what is still open by the seeds up
    to it; what it decides stays so, and needs no further seeds. Each difference is taken over the seeds that
    finished on both sides. The differences and the equivalences are two families of claims, each corrected
    on its own.
    """
    labels = [label for label in scores if label != baseline]
    judged: dict[str, Difference] = {}
    for look, seeds in enumerate(standard.looks or (len(scores[baseline]),)):
        if seeds > len(scores[baseline]):
            break
        closed = {label: each for label, each in judged.items() if each.verdict != "undecided"}
        open_ones = {label: first(scores[label], seeds) for label in labels if label not in closed}
        now = Look(look, standard, first(scores[baseline], seeds), closed, len(labels))
        judged = closed | now.judge(open_ones)
    return {label: judged[label] for label in labels}
