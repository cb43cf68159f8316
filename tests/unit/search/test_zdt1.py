"""The same loop that searches for mechanisms finds the front of a problem whose front is known."""

from pathlib import Path

import pytest
from zdt1 import Numbers, Zdt1, quality

from regard.search.breeder import Breeder
from regard.search.ledger import Ledger
from regard.search.loop import Asynchronous, Loop, Synchronous
from regard.search.strategies.nsga2 import Nsga2
from regard.search.strategies.random_search import RandomSearch
from regard.search.strategy import Strategy


def searched(folder: Path, strategy: Strategy, evaluations: int) -> Loop:
    with Ledger(folder) as ledger:
        loop = Synchronous(Breeder(Numbers(), strategy, seed=1), Zdt1(), ledger, evaluations, repeats=0)
        for _ in loop.run():
            pass
        return loop


def survivors(loop: Loop) -> list[tuple[float, ...]]:
    """The first front of the population, as pymoo counts it."""
    strategy = loop.breeder.strategy
    assert isinstance(strategy, Nsga2)
    front = {each.number for each in loop.archive.front}
    return [each.losses or () for each in strategy._survivors.values() if each.number in front]


def test_evolution_comes_far_nearer_to_the_front_than_chance(tmp_path) -> None:
    evolved = searched(tmp_path / "a", Nsga2(population=40), 2000)
    drawn = searched(tmp_path / "b", RandomSearch(together=40), 2000)
    near, _ = quality([each.losses for each in evolved.archive.front])
    far, _ = quality([each.losses for each in drawn.archive.front])
    assert near < 0.4 * far


def test_the_steady_state_does_as_well(tmp_path) -> None:
    with Ledger(tmp_path) as ledger:
        breeder = Breeder(Numbers(), Nsga2(population=40), seed=1)
        loop = Asynchronous(breeder, Zdt1(), ledger, 1500, repeats=0, at_once=4)
        for _ in loop.run():
            pass
    near, _ = quality([each.losses for each in loop.archive.front])
    assert near < 0.7


@pytest.mark.long
def test_20000_evaluations_find_it(tmp_path) -> None:
    loop = searched(tmp_path, Nsga2(population=100), 20_000)
    igd, volume = quality(survivors(loop))
    assert igd <= 0.006
    assert volume >= 0.867
