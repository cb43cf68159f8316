"""The descent of the front, as trees."""

from regard.core.results.lineage import Ancestor, Branch, forest
from regard.search.breeder import Breeder
from regard.search.spaces.graphs import Graphs
from regard.search.strategy import Proposal, Strategy


def ancestor(number: int, *parents: int) -> Ancestor:
    return Ancestor(number=number, label="", operator="swap", parents=parents, on_front=False)


def shape(branch: Branch) -> tuple:
    return (branch.ancestor.number, *map(shape, branch.children))


def test_everyone_hangs_below_the_parent_that_was_varied() -> None:
    lineage = [ancestor(0), ancestor(1), ancestor(4, 0), ancestor(5, 4, 1), ancestor(9, 4), ancestor(8, 1, 0)]
    assert [shape(each) for each in forest(lineage)] == [(0, (4, (5,), (9,))), (1, (8,))]
    assert forest([]) == ()


def test_only_a_crossing_descends_from_both_parents() -> None:
    class Pairs(Strategy):
        batch = 1

        def ask(self, number, rng):
            return Proposal((0, 1)) if number > 1 else Proposal()

        def tell(self, judged, operators):
            pass

    breeder = Breeder(Graphs(population="library"), Pairs(), seed=0)
    for number in range(60):
        breeder.draw(number)
    children = [each for number, each in breeder.born.items() if number > 1]
    assert {each.operator for each in children} > {"cross", "swap"}
    for each in children:
        assert each.parents == ((0, 1) if each.operator == "cross" else (0,))
