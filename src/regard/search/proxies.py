"""The proxies of a search: which run an entry is trained by, and what its scores mean together."""

from dataclasses import replace
from statistics import fmean
from typing import final

from regard.core.entry import Entry
from regard.core.run import Run
from regard.core.shapes import TokenInput
from regard.data import Task
from regard.search.settings import SearchSettings, scored_once
from regard.search.trainings import Key, Trainings
from regard.tasks import TASKS

EARLY, FULL = 0, 1
"""The rungs: a few hundred steps, and the whole training."""


@final
class Proxies:
    """Every entry is trained with the same seeds: initial weights and the order of the data are paired.

    Even validation samples score the training that finds a candidate, odd ones those with fresh seeds that
    choose among the front. The test split is not read.
    """

    def __init__(self, settings: SearchSettings, trainings: Trainings) -> None:
        self.settings = settings
        self.trainings = trainings
        tasks: list[Task] = [TASKS.build(run.task.name, **run.task.settings) for run in settings.proxies]
        self._scales = [(task.chance, task.ceiling) for task in tasks]
        self.masks = frozenset("causal" for task in tasks if _is_causal(task))
        """Parts of a mask that every mechanism has to honor."""

    def run(self, entry: Entry, place: int, rung: int, repeat: int) -> Run:
        """The training of an entry on a proxy, with a rung's steps and the seed of a repeat."""
        proxy = self.settings.proxies[place]
        training = scored_once(proxy.training, self.settings.early if rung == EARLY else None)
        targets = "shuffled" if self.settings.null else proxy.training.targets
        return replace(
            proxy,
            mechanisms=entry.mechanisms,
            model=entry.settings_in(proxy.model),
            training=replace(training, validation="odd" if repeat else "even", targets=targets),
            seed=self.settings.seed + repeat,
        )

    def ask(self, subject: str, entry: Entry, rung: int, repeat: int) -> None:
        """Train an entry on every proxy."""
        for place in range(len(self._scales)):
            run = self.run(entry, place, rung, repeat)
            self.trainings.ask(self.key(subject, place, rung, repeat), run)

    def ended(self, subject: str, rung: int, repeat: int) -> bool:
        """Whether all of them have ended."""
        keys = [self.key(subject, place, rung, repeat) for place in range(len(self._scales))]
        return all(self.trainings.known(key) for key in keys)

    def quality(self, subject: str, rung: int, repeat: int) -> tuple[float | None, str]:
        """The mean over all proxies, 0 at chance and 1 at the ceiling; None, and why, if one is missing."""
        scaled = []
        for place, (chance, ceiling) in enumerate(self._scales):
            score = self.trainings.known(self.key(subject, place, rung, repeat))
            if score is None or score.score is None:
                return None, score.reason if score else "It was not trained."
            scaled.append((score.score - chance) / (ceiling - chance))
        return fmean(scaled), ""

    def key(self, subject: str, place: int, rung: int, repeat: int) -> Key:
        """By what the ledger knows a training."""
        return (
            subject,
            rung,
            f"{place + 1} {self.settings.proxies[place].task.name}",
            self.settings.seed + repeat,
        )


def _is_causal(task: Task) -> bool:
    given = task.shape.input
    return isinstance(given, TokenInput) and given.causal
