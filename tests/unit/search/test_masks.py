"""Where a proxy is read from left to right, what is not causal is refused before anything runs."""

from random import Random

import pytest

from regard.core.execution import Execution
from regard.core.run import Run
from regard.core.spec import Spec
from regard.discovery.identity import canonical
from regard.discovery.language.facts import PARTS, names
from regard.discovery.language.graph import Graph
from regard.experiment import LocalPool
from regard.search.breeder import Breeder
from regard.search.ledger import Ledger
from regard.search.proxies import Proxies
from regard.search.settings import SearchSettings
from regard.search.spaces.graphs import Graphs
from regard.search.strategies.best_of_n import BestOfN
from regard.search.trainings import Trainings

CAUSAL, MASKED, IMAGES = (
    Spec.of("arithmetic", digits=1, form="causal"),
    Spec.of("arithmetic", digits=1, form="masked"),
    Spec.of("digits"),
)


@pytest.mark.parametrize(
    ("tasks", "needed"), [([MASKED, IMAGES], set()), ([MASKED, CAUSAL], {"causal"}), ([CAUSAL], {"causal"})]
)
def test_one_proxy_that_is_read_from_left_to_right_needs_causal_mechanisms(tasks, needed, tmp_path) -> None:
    runs = tuple(Run(task=task, mechanisms=(Spec("softmax"),)) for task in tasks)
    with Ledger(tmp_path) as ledger, LocalPool(Execution(device="cpu", workers=1)) as pool:
        assert Proxies(SearchSettings(proxies=runs), Trainings(pool, ledger)).masks == needed


@pytest.mark.parametrize("population", ["softmax", "library"])
def test_no_candidate_is_born_that_does_not_honor_a_needed_part(population) -> None:
    def births(space):
        breeder = Breeder(space, BestOfN(), seed=0)
        refused = [each for number in range(60) for each in breeder.draw(number)[1]]
        graphs = [canonical(each.genome) for each in breeder.born.values()]
        return [names(each.output.facts.honors, PARTS) for each in graphs], refused

    free, _ = births(Graphs(population=population))
    assert not all("causal" in honored for honored in free)
    bound, refused = births(Graphs(population=population).honoring({"causal"}))
    assert len(bound) == 60 and all("causal" in honored for honored in bound)
    assert all("masks" not in each.reason or "causal" in each.reason for each in refused)


def test_the_reason_names_the_part() -> None:
    nodes = [
        {"op": "q"},
        {"op": "k"},
        {"op": "dot", "inputs": [0, 1]},
        {"op": "column_softmax", "inputs": [2]},
    ]
    nodes += [{"op": "v"}, {"op": "mix", "inputs": [3, 4]}]
    space = Graphs()
    graph = Graph.from_json({"format": 1, "nodes": nodes})
    assert space.objection(graph) is None
    assert space.honoring({"causal"}).objection(graph) == "masks: it does not honor the mask's part causal"
    assert space.objection(graph) is None, "the space itself is as it was"
    assert space.honoring({"causal"}).objection(space.start(Random(0))) is None
