"""Whatever a candidate does costs itself alone."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from random import Random
from typing import Any, final

import pytest

from regard.core.entry import Entry
from regard.core.execution import Execution
from regard.core.run import Run
from regard.core.settings import ModelSettings, TrainingSettings
from regard.core.spec import Spec
from regard.experiment import LocalPool
from regard.search.breeder import Breeder
from regard.search.ladder import Ladder
from regard.search.ledger import Ledger
from regard.search.loop import Synchronous
from regard.search.proxies import Proxies
from regard.search.settings import SearchSettings
from regard.search.space import MechanismSpace
from regard.search.strategies.random_search import RandomSearch
from regard.search.trainings import Trainings

HERE = Path(__file__).with_name("misbehaving.py")
NAMES = ("softmax", "Hangs", "Hoards", "AnswersNothing", "Raises", "Shouts", "Dies", "uniform")


@final
class Named(MechanismSpace[str]):
    """One candidate after another."""

    def __init__(self) -> None:
        self.left = list(NAMES)

    def start(self, rng: Random) -> str:
        return self.left.pop(0)

    def vary(self, parents: Sequence[str], rng: Random, chances: Mapping[str, float]) -> tuple[str, str]:
        raise AssertionError("everything is a start")

    def identity(self, genome: str) -> str:
        return genome

    def to_json(self, genome: str) -> Any:
        return genome

    def from_json(self, value: Any) -> str:
        return value

    def entry(self, genome: str) -> Entry:
        name = f"{HERE}:{genome}" if genome[0].isupper() else genome
        return Entry.of([Spec(name)])

    def describe(self, genome: str) -> str:
        return genome


@pytest.fixture(scope="module")
def judged(tmp_path_factory) -> dict[str, Any]:
    proxy = Run(
        task=Spec.of("arithmetic", digits=1, form="masked", samples=100),
        mechanisms=(Spec("softmax"),),
        model=ModelSettings(layers=1, features=8, heads=1, hidden=8),
        training=TrainingSettings(epochs=100, steps=10, batch=16),
    )
    settings = SearchSettings(proxies=(proxy,), evaluations=len(NAMES), early=5, repeats=0)
    execution = Execution(device="cpu", workers=2, timeout_seconds=12, memory_gib=6.0)
    with Ledger(tmp_path_factory.mktemp("search")) as ledger, LocalPool(execution) as pool:
        space = Named()
        ladder = Ladder(space, settings, ledger, Proxies(settings, Trainings(pool, ledger)))
        breeder = Breeder(space, RandomSearch(steps=1, together=len(NAMES)), seed=0)
        loop = Synchronous(breeder, ladder, ledger, len(NAMES), repeats=0)
        list(loop.run())
        return {loop.breeder.born[i].genome: each for i, each in loop.archive.known.items()}


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("Hangs", "exceeded its time limit"),
        ("Hoards", "memory"),
        ("AnswersNothing", "not finite"),
        ("Raises", "ValueError: no"),
        ("Dies", "killed"),
    ],
)
def test_it_has_no_losses_but_a_reason(judged, name, reason) -> None:
    assert judged[name].losses is None
    assert reason in judged[name].reason


def test_a_million_lines_are_dropped(judged, capfd) -> None:
    assert judged["Shouts"].losses is not None or "first rung" in judged["Shouts"].reason
    assert capfd.readouterr() == ("", "")


def test_the_others_are_judged(judged) -> None:
    assert len(judged) == len(NAMES)
    good = [judged[name] for name in ("softmax", "uniform", "Shouts")]
    assert any(each.losses is not None for each in good)
    assert all(each.losses is not None or "first rung" in each.reason for each in good)
