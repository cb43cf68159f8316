"""What decides who leaves the first rung, and what that says of the second."""

from dataclasses import replace
from random import Random

import numpy as np
import pytest

from regard.core.execution import Execution
from regard.core.run import Run
from regard.core.settings import ModelSettings, TrainingSettings
from regard.core.spec import Spec
from regard.discovery.language import operation
from regard.discovery.language.graph import Graph
from regard.experiment import LocalPool, apart
from regard.search.candidate import Candidate
from regard.search.correlation import rank_correlation
from regard.search.costs import audit
from regard.search.foretelling import foretelling
from regard.search.ladder import Ladder
from regard.search.ledger import Ledger, Score
from regard.search.promotion import Decision, decide
from regard.search.proxies import EARLY, FULL, Proxies
from regard.search.settings import SearchSettings
from regard.search.spaces.graphs import Graphs
from regard.search.trainings import Trainings

PROXY = Run(
    task=Spec.of("arithmetic", digits=1, form="masked", samples=100),
    mechanisms=(Spec("softmax"),),
    model=ModelSettings(layers=1, features=8, heads=1, hidden=8),
    training=TrainingSettings(epochs=100, steps=10, batch=16),
)
SETTINGS = SearchSettings(proxies=(PROXY,), evaluations=6, early=5, repeats=0)


def test_the_correlation_of_ranks_has_an_interval_that_holds_it() -> None:
    same = rank_correlation([1, 2, 3, 4, 5, 6], [10, 20, 30, 40, 50, 60], [1] * 6)
    assert same is not None
    assert (same.tau, same.low, same.high) == pytest.approx((1, 1, 1))
    loose = rank_correlation([1, 2, 3, 4, 5, 6], [2, 1, 4, 3, 6, 5], [1] * 6)
    assert (
        loose is not None and loose.low <= loose.tau <= loose.high < 1.01 and loose.tau == pytest.approx(0.6)
    )
    assert rank_correlation([1, 2, 3], [1, 2, 3], [1] * 3) is None
    assert rank_correlation([1, 1, 1, 1], [1, 2, 3, 4], [1] * 4) is None


def test_candidates_promoted_by_lot_stand_for_those_that_were_dropped() -> None:
    rng = np.random.default_rng(0)
    early = rng.normal(size=2000)
    late = early + rng.normal(size=2000)
    everyone = rank_correlation(early, late, [1.0] * len(early))
    decisions = [decide(i, score, list(early), seed=0) for i, score in enumerate(early)]
    kept = [each for each in decisions if each.promoted]
    both = [each.number for each in kept]
    weighed = rank_correlation(early[both], late[both], [each.probability for each in kept])
    bare = rank_correlation(early[both], late[both], [1.0] * len(both))
    assert everyone is not None and weighed is not None and bare is not None
    assert weighed.low < everyone.tau < weighed.high
    # the promoted alone cover a narrower range
    assert bare.high < everyone.tau


def test_the_ledger_weighs_by_the_probability_of_promotion(tmp_path) -> None:
    with Ledger(tmp_path) as ledger:
        ledger.describe(SETTINGS.to_json())
        late = [0.9, 0.8, 0.1, 0.2, 0.5]
        for i, score in enumerate(late):
            ledger.score(Score(f"candidate {i}", EARLY, "1 arithmetic", 0, 0.1 * (9 - i)))
            ledger.score(Score(f"candidate {i}", FULL, "1 arithmetic", 0, score))
        ledger.decide(Decision(i, 0.1 if i > 2 else 1.0, promoted=True) for i in range(5))
        found = foretelling(ledger)
        expected = rank_correlation([9, 8, 7, 6, 5], late, [1, 1, 1, 0.1, 0.1])
    assert found is not None and expected is not None
    assert found.tau == pytest.approx(expected.tau) and found.candidates == 5


def test_a_candidate_of_which_a_proxy_is_missing_tells_nothing_of_the_rungs(tmp_path) -> None:
    two = replace(SETTINGS, proxies=(PROXY, replace(PROXY, task=Spec.of("digits"))))
    with Ledger(tmp_path) as ledger:
        ledger.describe(two.to_json())
        for i in range(6):
            for rung in (EARLY, FULL):
                ledger.score(Score(f"candidate {i}", rung, "1 arithmetic", 0, 0.1 * i))
                ledger.score(Score(f"candidate {i}", rung, "2 digits", 0, 0.1 * i if i else None))
        ledger.decide(Decision(i, 1.0, promoted=True) for i in range(6))
        found = foretelling(ledger)
    assert found is not None and found.candidates == 5


def test_what_was_decided_once_is_not_decided_again(tmp_path) -> None:
    """An interrupted steady state would compare a candidate with others than the first time."""
    graph = Graphs().start(Random(0))
    with Ledger(tmp_path) as ledger, LocalPool(Execution(device="cpu", workers=1)) as pool:
        ledger.decide([Decision(0, 0.1, promoted=False)])
        ladder = Ladder(Graphs(), SETTINGS, ledger, Proxies(SETTINGS, Trainings(pool, ledger)))
        ladder.submit(Candidate(0, graph, "softmax"), 0)
        (judged,) = ladder.report()
    assert judged.losses is None and "first rung" in judged.reason  # alone it would be the median


def test_an_image_task_has_costs_too() -> None:
    """Its images are bytes, which the task makes numbers of."""
    found = next(apart(audit, replace(PROXY, task=Spec.of("digits")), None, seconds=120))
    assert found["flops"] > 0 and found["exponent"] == pytest.approx(2, abs=0.1)


def test_a_candidate_whose_claims_fail_in_a_run_is_not_trained(tmp_path, monkeypatch) -> None:
    entry = operation.table()["column_softmax"]
    honest = entry.flow
    monkeypatch.setitem(entry.__dict__, "flow", lambda x, c: honest(x, c)._replace(honors=2**11 - 1, reach=2))
    monkeypatch.setattr("regard.discovery.language.terms._KNOWN", {})
    nodes = [
        *({"op": "q"}, {"op": "k"}, {"op": "dot", "inputs": [0, 1]}),
        *({"op": "column_softmax", "inputs": [2]}, {"op": "v"}, {"op": "mix", "inputs": [3, 4]}),
    ]
    graph = Graph.from_json({"format": 1, "nodes": nodes})
    with Ledger(tmp_path) as ledger, LocalPool(Execution(device="cpu", workers=1)) as pool:
        ladder = Ladder(Graphs(), SETTINGS, ledger, Proxies(SETTINGS, Trainings(pool, ledger)))
        ladder.submit(Candidate(0, graph, "leaks"), 0)
        (judged,) = ladder.report()
        assert ledger.scores() == []
    assert judged.losses is None
    assert judged.reason.startswith("What is claimed of it does not hold in a run: causal: differs by")
