"""What `regard search benchmark` does: a candidate against softmax and the nearest known mechanism."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from regard.commands.arguments import configured
from regard.commands.compare import Conducting, compare_by, quietly
from regard.commands.search import space_of
from regard.commands.search_export import chosen
from regard.core.errors import InvalidOption
from regard.core.execution import Execution
from regard.core.results import ComparisonResult
from regard.core.results.keeping import keep_in
from regard.core.results.search_benchmark import Against, SearchBenchmark
from regard.core.spec import Spec
from regard.measures.statistics import holm
from regard.mechanisms import MECHANISMS, labels
from regard.search.relatives import relatives
from regard.search.settings import settings_from

FIRST_SEED = 1000
"""Far from those of any search."""

LEAST_SEEDS = 10


def benchmark(
    folder: Path,
    place: int,
    execution: Execution,
    conducting: Conducting = quietly,
    *,
    tasks: Sequence[str],
    seeds: int = LEAST_SEEDS,
    **settings: Any,
) -> SearchBenchmark:
    """Compare a candidate of the front on test splits of some tasks, with paired seeds that chose nothing.

    A task is `TASK`, or `TASK.VARIANT` for a variant of its recipe, as proxies are; settings are further ones
    of `regard.compare`. The same call again goes on where it stopped. Raises `InvalidOption` for fewer than
    10 seeds.
    """
    if seeds < LEAST_SEEDS:
        raise InvalidOption(f"A claim of discovery needs at least {LEAST_SEEDS} seeds, not {seeds}.")
    front, found = chosen(folder, place)
    space = space_of(settings_from(front.description))
    genome = space.from_json(found.genome)
    near = relatives(space, genome)
    entry = space.entry(genome)
    if entry.model:
        raise InvalidOption(
            f"Candidate {place} has settings of the model of its own, which a benchmark of mechanisms cannot "
            f"give it: choose another candidate."
        )
    candidate = MECHANISMS.complete(entry.mechanisms[0])
    softmax = MECHANISMS.complete(Spec("softmax"))
    rivals = {"softmax": softmax}
    for name, relative in near.genomes.items():
        rivals.setdefault(name, MECHANISMS.complete(space.entry(relative).mechanisms[0]))
    if near.edits == 0:
        raise InvalidOption(
            f"Candidate {place} is {near.by_edits}: it is known, and there is nothing to confirm."
        )
    called = labels([candidate, *rivals.values()])
    judged = []
    for task in tasks:
        said = {"baseline": called[candidate], "seeds": seeds, **_recipe(task), **settings}
        configuration = configured(task.partition(".")[0], [candidate, *rivals.values()], said)
        result = compare_by(conducting, configuration, FIRST_SEED, folder / "benchmark", execution)
        judged += [
            _against(task, rival, called[spec], called[candidate], result) for rival, spec in rivals.items()
        ]
    corrected = holm([each["p"] for each in judged])
    confirmed = SearchBenchmark(
        digest=f"{front.digest}-{found.number}",
        candidate=found.number,
        label=found.label,
        nearest=near.by_edits,
        edits=near.edits,
        most_alike=near.by_outputs,
        likeness=near.likeness,
        first_seed=FIRST_SEED,
        seeds=seeds,
        judged=tuple(Against(**each, p_holm=p) for each, p in zip(judged, corrected, strict=True)),
    )
    keep_in(folder, confirmed, [vars(each) for each in confirmed.judged])
    return confirmed


def _recipe(task: str) -> dict[str, Any]:
    """The setting that names a variant of a task's recipe, where one is meant."""
    variant = task.partition(".")[2]
    return {"recipe": variant} if variant else {}


def _against(task: str, rival: str, label: str, baseline: str, result: ComparisonResult) -> dict[str, Any]:
    rows = {row.label: row for row in result.rows}
    row, own = rows.get(label), rows.get(baseline)
    apart = None if row is None else row.difference
    return {
        "task": task,
        "rival": rival,
        "candidate_mean": None if own is None else own.mean,
        "rival_mean": None if row is None else row.mean,
        # the comparison's differences are from the baseline, which is the candidate
        "difference": None if apart is None or apart.mean is None else -apart.mean,
        "pairs": 0 if apart is None else apart.pairs,
        "p": None if apart is None else apart.p,
    }
