"""Usable candidates per minute of a core, beside those of the search of Evolving Attention.

    REGARD_DATA=FOLDER python benchmarks/search_throughput.py

Both train one layer of 64 features and one head for 96 steps of 128 images of CIFAR-10. Usable is what runs
and computes nothing that was trained before. Of the prior search that share is taken from five whole ones of
2,550 candidates without selection, and the seconds from trainings of candidates that such searches made; what
fails costs it nothing here. Ours are the seconds of a search by `+preset=evolving_attention`, first rung
included, in this process on one thread; the audits, which have a process of their own, count by the clock.
Trainings are taken in turns.
"""

import random
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import fmean

import torch
from evolving_attention import Genome, neutral_search
from evolving_network import runs, train

from regard.commands.search import space_of
from regard.configuration.search import configure_search
from regard.core.execution import Execution
from regard.experiment import SerialPool
from regard.search.breeder import Breeder
from regard.search.ladder import Ladder
from regard.search.ledger import Ledger
from regard.search.loop import Synchronous
from regard.search.proxies import EARLY, Proxies
from regard.search.settings import SearchSettings
from regard.search.strategies.nsga2 import Nsga2
from regard.search.trainings import Trainings
from regard.tasks import TASKS

OURS, GENERATION, THEIRS, SEARCHES = 30, 6, 12, 5
PRIOR = ("+preset=evolving_attention", "proxies=cifar10.evolving_attention", "early=24")
IMAGES, HELD_OUT = 4096, 2048


def main() -> None:
    torch.set_num_threads(1)
    settings = configure_search([*PRIOR, "repeats=0", f"evaluations={OURS}"])
    shares, ran = zip(*map(usable, range(SEARCHES)), strict=True)
    genomes = random.Random(0).sample([genome for each in ran for genome in each], THEIRS)
    theirs: list[float] = []
    with tempfile.TemporaryDirectory() as folder, Ledger(Path(folder)) as ledger:
        prior, spent = trainings(genomes, settings), 0.0
        for seconds in search(settings, ledger):
            spent += seconds
            while len(theirs) < THEIRS and sum(theirs) < spent:
                theirs.append(next(prior))
        theirs += prior
        audits = sum(each.seconds for each in ledger.audits().values())
        scores = ledger.scores()
    candidates = len({each.subject for each in scores if each.rung == EARLY and each.score is not None})
    own, trained = (60 * candidates / seconds for seconds in (spent + audits, spent))
    other = 60 * fmean(shares) / fmean(theirs)
    print(
        f"prior: {100 * fmean(shares):.1f} % of its trainings are usable (from {100 * min(shares):.1f} to "
        f"{100 * max(shares):.1f}), a training takes {fmean(theirs):.2f} s: {other:.2f} per core-minute"
    )
    print(
        f"regard: {candidates} candidates by {len(scores)} trainings in {spent:.0f} s and {audits:.0f} s of "
        f"audits: {own:.2f} per core-minute, {own / other:.1f} times; without audits {trained:.2f}, "
        f"{trained / other:.1f} times"
    )


def usable(seed: int) -> tuple[float, list[Genome]]:
    """Which share of the trainings of a prior search computes something new, and all that it trains."""
    ran = [genome for genome, works in neutral_search(seed, runs) if works]
    return len({genome.form for genome in ran}) / len(ran), ran


def trainings(genomes: list[Genome], settings: SearchSettings) -> Iterator[float]:
    """The seconds that each training of the prior search takes."""
    task = TASKS.build("cifar10", **settings.proxies[0].task.settings)
    samples, held_out = task.split("train")[:IMAGES], task.split("validation")[:HELD_OUT]
    images, scored = (each.inputs / 127.5 - 1 for each in (samples, held_out))
    for genome in genomes:
        start = time.process_time()
        train(genome, images, samples.targets, (scored, held_out.targets))
        yield time.process_time() - start


def search(settings: SearchSettings, ledger: Ledger) -> Iterator[float]:
    """The seconds between signs of progress of our own search."""
    with SerialPool(Execution(device="cpu")) as pool:
        ledger.describe(settings.to_json())
        space = space_of(settings)
        ladder = Ladder(space, settings, ledger, Proxies(settings, Trainings(pool, ledger)))
        breeder = Breeder(space, Nsga2(population=GENERATION, rivals=3), settings.seed)
        start = time.process_time()
        for _ in Synchronous(breeder, ladder, ledger, settings.evaluations, repeats=0).run():
            yield time.process_time() - start
            start = time.process_time()


if __name__ == "__main__":
    main()
