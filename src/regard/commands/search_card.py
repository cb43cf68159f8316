"""The card of a candidate: all the evidence that there is of it, and what is missing."""

from collections.abc import Iterator
from pathlib import Path

from regard.commands.search import space_of
from regard.core.numbers import counted, p_value, percent, points, significant
from regard.core.results.search import Found, FrontResult
from regard.core.results.search_ablation import AblationResult
from regard.core.results.search_benchmark import SearchBenchmark
from regard.search.relatives import relatives
from regard.search.settings import settings_from


def card(folder: Path, front: FrontResult, found: Found) -> str:
    """As Markdown."""
    return "\n".join(_lines(folder, front, found)) + "\n"


def ablation_of(folder: Path, front: FrontResult, found: Found) -> AblationResult | None:
    """What `regard search ablate` has found of a candidate; None before."""
    path = AblationResult.path_in(folder, f"{front.digest}-{found.number}")
    return AblationResult.read(path) if path.is_file() else None


def confirmation_of(folder: Path, front: FrontResult, found: Found) -> SearchBenchmark | None:
    """What `regard search benchmark` has found of a candidate; None before."""
    path = SearchBenchmark.path_in(folder, f"{front.digest}-{found.number}")
    return SearchBenchmark.read(path) if path.is_file() else None


def _lines(folder: Path, front: FrontResult, found: Found) -> Iterator[str]:
    space = space_of(settings_from(front.description))
    near = relatives(space, space.from_json(found.genome))
    yield from (f"# Candidate {found.number}", "", f"`{found.label}`", "")
    yield f"Made by {found.operator} of {', '.join(map(str, found.parents)) or 'nothing'}."
    yield f"Evaluated: {counted(front.evaluated, 'candidate')}."
    yield f"Equal to one of them or refused, at the cost of no training: {counted(front.refused, 'draw')}."
    yield ""
    yield f"- Nearest known by edits: {near.by_edits}, {near.edits:g} away."
    yield f"- Nearest known by outputs: {near.by_outputs}, correlation {near.likeness:.3f}."
    for name, value in found.values.items():
        yield f"- {name}: {significant(value)}"
    yield f"- Quality when found {significant(found.search_quality)}; fresh seeds: {len(found.seeds)}."
    for warning in found.warnings:
        yield f"- Warned of, as {warning}."
    yield from ("", "## Fresh seeds on test splits", "")
    yield from _confirmation(folder, front, found)
    yield from ("", "## Without each part", "")
    ablation = ablation_of(folder, front, found)
    if ablation is None:
        yield "Not tried: `regard search ablate`."
        return
    for part in ablation.parts:
        outcome = part.reason or f"{significant(part.difference)} ± {significant(part.error)}"
        yield f"- without {part.part}: {outcome}"


def _confirmation(folder: Path, front: FrontResult, found: Found) -> Iterator[str]:
    confirmation = confirmation_of(folder, front, found)
    if confirmation is None:
        yield "Not tried: `regard search benchmark`. Until then nothing here is a claim."
        return
    yield from (confirmation.conclusion, "")
    for each in confirmation.judged:
        yield (
            f"- {each.task} against {each.rival}: {percent(each.candidate_mean)} and "
            f"{percent(each.rival_mean)}, {points(each.difference)} over {counted(each.pairs, 'pair')}, p "
            f"{p_value(each.p_holm)} (Holm): {each.verdict}"
        )
