"""What `regard search ablate` does: a candidate without each of its parts, one by one."""

from pathlib import Path
from statistics import fmean, stdev
from typing import Any

from regard.commands.search import space_of
from regard.commands.search_export import chosen
from regard.core.errors import RegardError
from regard.core.execution import Execution
from regard.core.results.keeping import keep_in
from regard.core.results.search_ablation import AblationResult, Without
from regard.experiment import LocalPool
from regard.search.ledger import Ledger
from regard.search.proxies import FULL, Proxies
from regard.search.settings import settings_from
from regard.search.trainings import Trainings

LEAST_SEEDS = 3


def ablate(folder: Path, place: int, execution: Execution) -> AblationResult:
    """Train a candidate of the front without each of its nodes and flags, on the proxies of the search and
    with the seeds that confirmed the whole. What the ledger knows is not trained again.

    Raises `RegardError` where the whole cannot be trained.
    """
    front, found = chosen(folder, place)
    settings = settings_from(front.description)
    space = space_of(settings)
    whole = space.from_json(found.genome)
    simpler = _distinct(space, whole)
    subjects = {part: f"without {space.identity(genome)}" for part, genome in simpler.items()}
    own = f"candidate {found.number}"
    repeats = range(1, max(settings.repeats, LEAST_SEEDS) + 1)
    with Ledger.existing(folder) as ledger, LocalPool(execution) as pool:
        proxies = Proxies(settings, Trainings(pool, ledger))
        for repeat in repeats:
            proxies.ask(own, space.entry(whole), FULL, repeat)
            for part, genome in simpler.items():
                proxies.ask(subjects[part], space.entry(genome), FULL, repeat)
        while proxies.trainings.wait():
            pass
        reached = _qualities(proxies, own, repeats)
        if isinstance(reached, str):
            raise RegardError(f"Candidate {place} could not be trained: {reached}")
        parts = [
            _without(part, space.describe(genome), reached, _qualities(proxies, subjects[part], repeats))
            for part, genome in simpler.items()
        ]
    result = AblationResult(
        digest=f"{front.digest}-{found.number}",
        candidate=found.number,
        label=found.label,
        quality=fmean(reached),
        seeds=tuple(settings.seed + repeat for repeat in repeats),
        parts=tuple(parts),
    )
    keep_in(folder, result, [vars(each) for each in result.parts])
    return result


def _distinct(space: Any, whole: Any) -> dict[str, Any]:
    """What is left without a part, by the part. One that is left out without a change is no part; parts of
    one name are numbered.
    """
    found: dict[str, Any] = {}
    seen = {space.identity(whole)}
    for part, genome in space.simpler(whole):
        identity = space.identity(genome)
        if identity not in seen:
            seen.add(identity)
            count = sum(name.partition(" #")[0] == part for name in found)
            found[f"{part} #{count + 1}" if count else part] = genome
    return found


def _qualities(proxies: Proxies, subject: str, repeats: range) -> list[float] | str:
    """With every seed; or why one is missing."""
    found: list[float] = []
    for repeat in repeats:
        quality, reason = proxies.quality(subject, FULL, repeat)
        if quality is None:
            return reason
        found.append(quality)
    return found


def _without(part: str, label: str, whole: list[float], reached: list[float] | str) -> Without:
    if isinstance(reached, str):
        return Without(part=part, label=label, quality=None, difference=None, error=None, reason=reached)
    differences = [a - b for a, b in zip(reached, whole, strict=True)]
    error = stdev(differences) / len(differences) ** 0.5
    return Without(part=part, label=label, quality=fmean(reached), difference=fmean(differences), error=error)
