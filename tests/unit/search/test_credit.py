"""Operators that bring more are drawn more often, and no opponent of evolution learns that."""

from collections import Counter
from random import Random

import pytest

from regard.discovery.variation import GraphSpace
from regard.search.breeder import Breeder
from regard.search.candidate import Judged
from regard.search.credit import Credit
from regard.search.spaces.catalog import Catalog
from regard.search.spaces.graphs import Graphs
from regard.search.strategies import STRATEGIES

JUDGED = [Judged(i, (float(i), 0.0)) for i in range(100)]
MADE = {i: "start" if i == 0 else "swap" if i < 20 else "wrap" for i in range(100)}


def test_an_operator_counts_by_the_share_of_its_children_that_were_kept() -> None:
    credit = Credit()
    assert credit.chances == {}
    credit.note(JUDGED, MADE, kept=range(11))
    assert credit.chances == {"swap": 2 * (10 + 1) / (19 + 2), "wrap": 2 * 1 / (80 + 2)}


def test_who_is_tried_again_is_not_counted_again() -> None:
    credit = Credit()
    credit.note(JUDGED, MADE, kept=range(11))
    before = credit.chances
    credit.note(JUDGED, MADE, kept=())
    assert credit.chances == before


@pytest.mark.parametrize(
    ("name", "learns"),
    [("nsga2", True), ("mu_plus_lambda", True), ("best_of_n", False), ("random_search", False)],
)
def test_evolution_alone_learns_which_operators_bring_more(name, learns) -> None:
    strategy = STRATEGIES.build(name)
    strategy.tell(JUDGED, MADE)
    chances = strategy.ask(60, Random(0)).chances
    assert (chances.get("swap", 1.0) > chances.get("wrap", 1.0)) == learns
    assert bool(chances) == learns


@pytest.mark.parametrize("space", [Graphs(), Catalog()])
def test_spaces_draw_operators_by_their_chances(space) -> None:
    favorite = "flip" if isinstance(space, Graphs) else "project"
    rng = Random(0)
    parent = space.start(rng)
    for chances, least, most in [({favorite: 1000.0}, 0.9, 1.0), ({favorite: 0.0}, 0.0, 0.0)]:
        drawn = Counter(space.vary([parent], rng, chances)[1] for _ in range(60))
        assert least <= drawn[favorite] / 60 <= most


def test_the_breeder_says_which_operator_made_whom() -> None:
    strategy = STRATEGIES.build("mu_plus_lambda", mu=2, children=4)
    breeder = Breeder(Graphs(), strategy, seed=0)
    for number in range(8):
        breeder.draw(number)
        breeder.tell([Judged(number, (0.0, -float(number)))])
    made = {each.operator for each in breeder.born.values()} - {"start"}
    assert made and set(strategy.ask(9, Random(0)).chances) == made


def test_a_child_is_drawn_without_any_chances() -> None:
    space = GraphSpace()
    start = space.start(Random(0))
    assert space.vary([start], Random(1)) == space.vary([start], Random(1), {"flip": 1.0})
