"""What `regard search run` and `regard search status` do."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, final

from regard.commands.search_status import Standing, standing
from regard.core.execution import Execution
from regard.core.results.search import Found, FrontResult
from regard.core.run import DIGEST_LENGTH
from regard.experiment import pool_for
from regard.search.archive import Archive
from regard.search.breeder import Breeder
from regard.search.candidate import Judged
from regard.search.ladder import Ladder
from regard.search.ledger import Birth, Ledger
from regard.search.loop import Asynchronous, Loop, Progress, Synchronous
from regard.search.objectives import AIMS
from regard.search.proxies import Proxies
from regard.search.qualification import qualify
from regard.search.settings import SearchSettings, settings_from
from regard.search.space import MechanismSpace
from regard.search.spaces import SPACES
from regard.search.strategies import STRATEGIES
from regard.search.trainings import Trainings

FRONT = "front.json"


@final
class SearchSession:
    """A search under way in a folder. The same settings and folder again go on where it was."""

    def __init__(self, settings: SearchSettings, folder: Path, execution: Execution) -> None:
        """Raises `InvalidOption` where the folder holds another search."""
        self.settings = settings
        self.folder = folder
        self.execution = execution

    def steps(self) -> Iterator[tuple[Progress, Standing]]:
        """Qualify the proxies, search, and keep the front after every turn. What is said with each sign of
        progress is how the search stood after the last turn.

        Raises `RegardError` for a proxy that does not qualify.
        """
        with Ledger(self.folder) as ledger, pool_for(self.execution) as pool:
            ledger.describe(self.settings.to_json())
            proxies = Proxies(self.settings, Trainings(pool, ledger))
            if not self.settings.null:
                qualify(proxies)
            loop = self._loop(ledger, proxies)
            turns, stands = loop.turns, standing(ledger)
            for progress in loop.run():
                if loop.turns != turns:
                    turns, stands = loop.turns, standing(ledger)
                    write_front(ledger, self.folder)
                yield progress, stands
            write_front(ledger, self.folder)

    def _loop(self, ledger: Ledger, proxies: Proxies) -> Loop[Any]:
        settings = self.settings
        space = space_of(settings).honoring(proxies.masks)
        strategy = STRATEGIES.build(settings.strategy.name, **settings.strategy.settings)
        breeder = Breeder(space, strategy, settings.seed)
        given = (
            breeder,
            Ladder(space, settings, ledger, proxies),
            ledger,
            settings.evaluations,
            settings.repeats,
        )
        if settings.order == "synchronous":
            return Synchronous(*given)
        return Asynchronous(*given, at_once=self.execution.workers + 1)


def space_of(settings: SearchSettings) -> MechanismSpace[Any]:
    """The space of a search."""
    space: MechanismSpace[Any] = SPACES.build(settings.space.name, **settings.space.settings)
    return space


def front_of(ledger: Ledger) -> FrontResult:
    """The front as far as the ledger knows it."""
    description = ledger.description()
    settings = settings_from(description)
    archive = Archive()
    found_with: dict[int, Judged] = {}
    for turn in ledger.judgments():
        archive.add(turn)
        found_with |= {each.number: each for each in turn if each.repeats == 0}
    births = {birth.number: birth for birth in ledger.births()}
    failed = Counter(each.reason for each in archive.known.values() if each.losses is None)
    # a search that goes on further is the same search
    told = {name: value for name, value in description.items() if name != "evaluations"}
    text = json.dumps(told, sort_keys=True)
    return FrontResult(
        digest=hashlib.sha256(text.encode()).hexdigest()[:DIGEST_LENGTH],
        description=description,
        evaluated=len(archive.known),
        failed=dict(sorted(failed.items())),
        refused=len(ledger.refusals()),
        front=tuple(
            _found(births[each.number], each, found_with[each.number], settings) for each in archive.front
        ),
    )


def write_front(ledger: Ledger, folder: Path) -> Path:
    """Put `front.json` into a search's folder. Raises `Unwritable`."""
    path = folder / FRONT
    front_of(ledger).write(path)
    return path


def _found(birth: Birth, judged: Judged, first: Judged, settings: SearchSettings) -> Found:
    space = space_of(settings)
    genome = space.from_json(birth.genome)
    return Found(
        number=birth.number,
        label=space.describe(genome),
        identity=birth.identity,
        genome=birth.genome,
        parents=birth.parents,
        operator=birth.operator,
        values=_values(judged, settings),
        search_quality=_values(first, settings).get("quality"),
        seeds=tuple(settings.seed + repeat for repeat in range(1, judged.repeats + 1)),
        warnings=tuple(space.warnings(genome)),
    )


def _values(judged: Judged, settings: SearchSettings) -> dict[str, float]:
    """Of what has losses, by objective."""
    losses = zip(settings.objectives, judged.losses or (), strict=True)
    return {name: AIMS[name].sign * loss for name, loss in losses}
