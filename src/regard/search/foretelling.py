"""How well the first rung of a search foretells the second, by its ledger."""

from statistics import fmean

from regard.search.correlation import RankCorrelation, rank_correlation
from regard.search.ledger import Ledger
from regard.search.proxies import EARLY, FULL
from regard.search.settings import settings_from


def foretelling(ledger: Ledger) -> RankCorrelation | None:
    """The correlation of the mean scores of both rungs, over the candidates that have all of both; None while
    too little is known.
    """
    settings = settings_from(ledger.description())
    scores: dict[int, dict[str, list[float]]] = {EARLY: {}, FULL: {}}
    for each in ledger.scores():
        if each.subject.startswith("candidate ") and each.seed == settings.seed and each.score is not None:
            scores[each.rung].setdefault(each.subject, []).append(each.score)
    whole = [
        {subject for subject, found in scores[rung].items() if len(found) == len(settings.proxies)}
        for rung in (EARLY, FULL)
    ]
    both = {
        subject: decision.probability
        for number, decision in ledger.decisions().items()
        if (subject := f"candidate {number}") in whole[0] & whole[1]
    }
    early, late = ([fmean(scores[rung][subject]) for subject in both] for rung in (EARLY, FULL))
    return rank_correlation(early, late, list(both.values()))
