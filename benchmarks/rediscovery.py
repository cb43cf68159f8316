"""How many candidates a search from an empty start evaluates until it has found a planted mechanism.

    python benchmarks/rediscovery.py                                    # softmax attention
    python benchmarks/rediscovery.py --target linear --strategy nsga2   # FLOPs weigh as much as quality

The proxy is recall of 6 pairs among 64 symbols by one layer of 16 features, in 300 steps of 16
samples: softmax attention reaches 100 %, q (kT v) 74 %, the uniform mean and fixed weights of places 14 %.
Quality comes first, in whole percents, since seeds differ by more, and FLOPs where it is equal. No operation
of the language is left out. Trainings are kept by the identity of what was trained and serve all seeds, so
that the same command goes on where it stopped.

Found is a graph that equals the target up to constant factors, which the projections around it absorb, and
up to which projections of a layer it reads: q, q2 and gate are all learned linear maps of what stands at
queries; k, k2 and v of what stands at keys. Random search and best of N ask nothing of the proxy: they are
only drawn, up to `--drawn` candidates. Whoever has not found it by then counts with that number, which
flatters it.
"""

import argparse
import statistics
import tempfile
from collections.abc import Callable, Generator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, final

import torch

from regard.configuration.configuration import configure
from regard.core.run import Run
from regard.discovery.identity import canonical
from regard.discovery.language.graph import Graph
from regard.discovery.language.terms import Term, term
from regard.search.breeder import Breeder
from regard.search.candidate import Candidate, Judged
from regard.search.evaluator import Evaluator
from regard.search.ledger import Ledger, Score
from regard.search.loop import Synchronous
from regard.search.spaces.graphs import Graphs
from regard.search.strategies import STRATEGIES
from regard.search.strategies.best_of_n import BestOfN
from regard.search.strategies.random_search import RandomSearch
from regard.search.strategy import Strategy
from regard.training import fit

PROXY = [
    *("task=recall", "recipe=proxy", "task.vocabulary=64", "task.pairs=6", "task.length=24", "task.power=1"),
    *("task.samples=4800", "task.held_out=250", "model.layers=1", "model.features=16", "model.hidden=16"),
    *("optimizer.rate=0.01", "training.batch=16", "training.evaluate_every=1000", "mechanism=softmax"),
]
LENGTH, WIDTH, HEADS = 24, 4, 4

TARGETS: dict[str, Term] = {
    "softmax": term("mix", term("softmax", term("dot", term("q"), term("k"))), term("v")),
    "linear": term("read", term("q"), term("write", term("k"), term("v"))),
}
SIDES = {"q": "queries", "q2": "queries", "gate": "queries", "k": "keys", "k2": "keys", "v": "keys"}
"""Streams that are learned maps of the same input, each by itself."""
FACTORS = ("scale", "temperature")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--strategy", choices=STRATEGIES.names(), default="mu_plus_lambda")
    parser.add_argument("--target", choices=sorted(TARGETS), default="softmax")
    parser.add_argument("--option", action="append", default=[], help="of the strategy: population=8")
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--most", type=int, default=1000, help="candidates that the strategy may evaluate")
    parser.add_argument("--drawn", type=int, default=10000, help="candidates that its opponents may draw")
    parser.add_argument("--ledger", type=Path, default=Path("rediscovery"))
    given = parser.parse_args()
    torch.set_num_threads(1)
    wanted = form(Graph(TARGETS[given.target]))
    options = {name: int(value) for name, value in (each.split("=") for each in given.option)}
    strategies: dict[str, Callable[[], Strategy]] = {
        given.strategy: partial(STRATEGIES.build, given.strategy, **options),
        "random_search": RandomSearch,
        "best_of_n": BestOfN,
    }
    for name, make in strategies.items():
        with Ledger(given.ledger) as ledger:
            most = given.most if name == given.strategy else given.drawn
            counts = []
            for seed in range(given.seeds):
                evaluator = Proxy(ledger) if name == given.strategy else Unasked()
                counts.append(evaluations(make(), evaluator, wanted, seed, most))
                print(f"{name}, seed {seed}: {counts[-1]}", flush=True)
        found = [count for count in counts if count is not None]
        reached = [most if count is None else count for count in counts]
        print(
            f"{name}: {given.target} found by {len(found)} of {len(counts)} seeds, after a median of "
            f"{statistics.median(reached):g} candidates ({', '.join(map(str, counts))})",
            flush=True,
        )


def evaluations(
    strategy: Strategy, evaluator: "Evaluator[Graph]", wanted: Any, seed: int, most: int
) -> int | None:
    """How many candidates there are with the one that is wanted; None if it is not among the first `most`."""
    with tempfile.TemporaryDirectory() as folder, Ledger(Path(folder)) as ledger:
        breeder = Breeder(Graphs(population="empty").honoring(["causal"]), strategy, seed)
        seen = 0
        for _ in Synchronous(breeder, evaluator, ledger, most, repeats=0).run():
            for number in range(seen, len(breeder.born)):
                if form(breeder.born[number].genome) == wanted:
                    return number + 1
            seen = len(breeder.born)
    return None


def form(graph: Graph) -> Any:
    """The simplest form of a graph without constant factors and flags, its streams named by their sides."""
    forms: dict[Term, Any] = {}
    for node in canonical(graph).output.nodes:
        inputs = [forms[each] for each in node.inputs]
        name = SIDES.get(node.name, node.name)
        forms[node] = inputs[0] if node.name in FACTORS else (name, node.constants, *inputs)
    return forms[node]


@final
class Unasked(Evaluator[Graph]):
    """Says nothing of any candidate."""

    def __init__(self) -> None:
        self._given: list[int] = []

    def submit(self, candidate: Candidate[Graph], repeats: int) -> None:
        self._given.append(candidate.number)

    def report(self) -> Generator[Judged]:
        while self._given:
            yield Judged(self._given.pop(0), None, reason="It was not tried.")


@final
class Proxy(Evaluator[Graph]):
    """Trains in this process, unless the ledger knows what comes of it."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self._known = {each.subject: each.score for each in ledger.scores()}
        self._given: list[Candidate[Graph]] = []
        self._run = configure(PROXY).run(seed=0)

    def submit(self, candidate: Candidate[Graph], repeats: int) -> None:
        self._given.append(candidate)

    def report(self) -> Generator[Judged]:
        while self._given:
            candidate = self._given.pop(0)
            graph = canonical(candidate.genome)
            score = self._score(candidate.identity, graph)
            if score is None:
                yield Judged(candidate.number, None, reason="It diverged.")
            else:
                yield Judged(
                    candidate.number, (-round(score, 2), HEADS * graph.cost.at(LENGTH, LENGTH, WIDTH, WIDTH))
                )

    def _score(self, name: str, graph: Graph) -> float | None:
        if name not in self._known:
            self._known[name] = _trained(replace_mechanism(self._run, graph))
            self.ledger.score(Score(name, 1, "recall", 0, self._known[name]))
        return self._known[name]


def replace_mechanism(run: Run, graph: Graph) -> Run:
    """The training of a graph."""
    entry = Graphs().entry(graph)
    return replace(run, mechanisms=entry.mechanisms, model=entry.settings_in(run.model))


def _trained(run: Run) -> float | None:
    scores = [each.value for each in fit(run, device="cpu") if each.name == "validation/score"]
    return scores[-1] if scores else None


if __name__ == "__main__":
    main()
