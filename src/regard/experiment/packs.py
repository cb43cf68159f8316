"""Runs that differ in nothing but the seed, to be trained at once (see `regard.training.pack`)."""

from collections.abc import Sequence
from dataclasses import replace

from regard.core.run import Run


def packs(runs: Sequence[Run], seeds_at_once: int) -> list[tuple[Run, ...]]:
    """Runs in packs of at most `seeds_at_once`; a run that must be alone is a pack of one."""
    groups: dict[str, list[Run]] = {}
    for run in runs:
        groups.setdefault(replace(run, seed=0).digest, []).append(run)
    return [
        tuple(group[start : start + seeds_at_once])
        for group in groups.values()
        for start in range(0, len(group), seeds_at_once)
    ]
