"""A search that was interrupted goes on from its ledger, and its front is the same."""

from collections.abc import Generator
from pathlib import Path

import pytest
from zdt1 import Numbers, Zdt1

from regard.core.errors import InvalidOption, MissingFile
from regard.search.breeder import Breeder
from regard.search.candidate import Judged
from regard.search.evaluator import Evaluator
from regard.search.ledger import Ledger
from regard.search.loop import Asynchronous, Synchronous
from regard.search.strategies.nsga2 import Nsga2


def searched(folder: Path, stop: int | None = None, evaluations: int = 60) -> tuple[list[Judged], int]:
    """The front after all, or None of it after so many signs of progress, and how many were evaluated."""
    evaluator = Zdt1()
    with Ledger(folder) as ledger:
        breeder = Breeder(Numbers(), Nsga2(population=10), seed=3)
        loop = Synchronous(breeder, evaluator, ledger, evaluations, repeats=2)
        for i, _ in enumerate(loop.run()):
            if i == stop:
                break
        return loop.archive.front, evaluator.count


@pytest.mark.parametrize("stops", [[0], [7], [10, 3, 31], [25, 25]])
def test_the_front_is_that_of_a_search_that_was_not_interrupted(tmp_path, stops) -> None:
    whole, _ = searched(tmp_path / "whole")
    for stop in stops:
        searched(tmp_path / "parts", stop)
    parts, _ = searched(tmp_path / "parts")
    assert parts == whole
    assert all(each.repeats == 2 for each in whole)
    with Ledger(tmp_path / "whole") as one, Ledger(tmp_path / "parts") as other:
        assert one.births() == other.births()
        assert one.judgments() == other.judgments()


def test_more_evaluations_go_on_as_if_all_had_been_asked_for_at_once(tmp_path) -> None:
    whole, _ = searched(tmp_path / "whole", evaluations=60)
    searched(tmp_path / "parts", evaluations=30)
    parts, _ = searched(tmp_path / "parts", evaluations=60)
    assert parts == whole


def test_a_search_that_is_over_evaluates_nothing(tmp_path) -> None:
    searched(tmp_path)
    assert searched(tmp_path)[1] == 0


class Falls(Evaluator):
    """An evaluator that dies in the middle."""

    def __init__(self, after: int) -> None:
        self.inner, self.after = Zdt1(), after

    def submit(self, candidate, repeats) -> None:
        self.inner.submit(candidate, repeats)

    def report(self) -> Generator[Judged]:
        for i, judged in enumerate(self.inner.report()):
            if i == self.after:
                raise KeyboardInterrupt
            yield judged


def test_the_steady_state_goes_on_too(tmp_path) -> None:
    def loop(ledger: Ledger, evaluator) -> Asynchronous:
        breeder = Breeder(Numbers(), Nsga2(population=10), seed=3)
        return Asynchronous(breeder, evaluator, ledger, 60, repeats=1, at_once=3)

    with Ledger(tmp_path) as ledger, pytest.raises(KeyboardInterrupt):
        list(loop(ledger, Falls(31)).run())
    with Ledger(tmp_path) as ledger:
        known = len(ledger.judgments())
        evaluator = Zdt1()
        again = loop(ledger, evaluator)
        list(again.run())
        assert known == 31
        assert len(again.archive.known) == 60
        assert len(ledger.judgments()) == known + evaluator.count
        assert all(each.repeats == 1 for each in again.archive.front)


def test_no_candidate_is_drawn_twice(tmp_path) -> None:
    class Few(Numbers):
        size = 1

        def start(self, rng):
            return (rng.randint(0, 4) / 4,)

        def vary(self, parents, rng, chances):
            return self.start(rng), "redraw"

    with Ledger(tmp_path) as ledger:
        loop = Synchronous(Breeder(Few(), Nsga2(population=4), seed=0), Zdt1(), ledger, 50, repeats=0)
        list(loop.run())
        assert loop.exhausted
        assert len({birth.identity for birth in ledger.births()}) == len(ledger.births()) == 5
        assert all(each.twin is not None for each in ledger.refusals())


def test_a_folder_holds_one_search(tmp_path) -> None:
    with Ledger(tmp_path) as ledger:
        ledger.describe({"seed": 0})
        ledger.describe({"seed": 0})
        with pytest.raises(InvalidOption, match="other settings \\(seed\\)"):
            ledger.describe({"seed": 1})
    with Ledger(tmp_path / "longer") as ledger:
        for evaluations in (10, 20, 20):
            ledger.describe({"seed": 0, "evaluations": evaluations})
        assert ledger.description() == {"seed": 0, "evaluations": 20}
        for different in (
            {"seed": 0, "evaluations": 10},
            {"seed": 1, "evaluations": 30},
            {"evaluations": 30},
        ):
            with pytest.raises(InvalidOption, match="Of evaluations there may be more"):
                ledger.describe(different)
    with pytest.raises(MissingFile, match="no search was run there"):
        Ledger.existing(tmp_path / "other")
