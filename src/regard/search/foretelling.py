"""How well the first rung of a search foretells the second, by its ledger."""

from statistics import fmean

from regard.search.correlation import RankCorrelation, rank_correlation
from regard.search.ledger import Ledger
from regard.search.proxies import EARLY, FULL
from regard.search.settings import settings_from


def foretelling(ledger: Ledger) -> RankCorrelation | None:
    """The correlation of the mean scores of both rungs; None while too little is known."""
    means: dict[int, dict[str, list[float]]] = {EARLY: {}, FULL: {}}
    seed = settings_from(ledger.description()).seed
    for each in ledger.scores():
        if each.subject.startswith("candidate ") and each.seed == seed and each.score is not None:
            means[each.rung].setdefault(each.subject, []).append(each.score)
    both = {
        subject: decision.probability
        for number, decision in ledger.decisions().items()
        if (subject := f"candidate {number}") in means[EARLY].keys() & means[FULL].keys()
    }
    early, late = ([fmean(means[rung][subject]) for subject in both] for rung in (EARLY, FULL))
    return rank_correlation(early, late, list(both.values()))
