"""How a search compares with others of the same budget, which lie in folders within its own."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from regard.commands.search import front_of
from regard.core.errors import InvalidOption
from regard.core.results.search import FrontResult
from regard.core.results.search_report import Contestant
from regard.search.ledger import FILE, Ledger
from regard.search.objectives import AIMS
from regard.search.ranking import hypervolume

OWN = ("strategy", "seed")
"""In these contestants may differ."""


def contest(folder: Path, own: FrontResult) -> tuple[Contestant, ...]:
    """The search itself, and then those with other strategies or seeds; nothing where there are none.

    Raises `InvalidOption` where one of them has other options.
    """
    others = list(_others(folder, own))
    if not others:
        return ()
    volumes = _volumes([own, *others])
    return tuple(
        Contestant(
            strategy=str(front.description["strategy"]["name"]),
            seed=front.description["seed"],
            evaluated=front.evaluated,
            volume=volume,
            best=max(
                (each.values["quality"] for each in front.front if "quality" in each.values), default=None
            ),
        )
        for front, volume in zip([own, *others], volumes, strict=True)
    )


def _others(folder: Path, own: FrontResult) -> Iterator[FrontResult]:
    """Searches within a folder. One with shuffled targets shows luck, and is none of them."""
    for path in sorted(folder.glob(f"*/{FILE}")):
        with Ledger.existing(path.parent) as ledger:
            front = front_of(ledger)
        if front.description["null"]:
            continue
        apart = [name for name, value in _shared(front).items() if _shared(own)[name] != value]
        if apart:
            raise InvalidOption(
                f"{path.parent} holds a search with another {apart[0]}, which is no opponent of this one. "
                f"Run it with the same options but for {' and '.join(OWN)}, or move it away."
            )
        yield front


def _shared(front: FrontResult) -> Mapping[str, Any]:
    return {name: value for name, value in front.description.items() if name not in OWN}


def _volumes(fronts: Sequence[FrontResult]) -> list[float]:
    """The hypervolume of each front as a share of the box that all fronts together span, a tenth wider."""
    losses = [
        [tuple(AIMS[name].sign * value for name, value in each.values.items()) for each in front.front]
        for front in fronts
    ]
    columns = list(zip(*(point for front in losses for point in front), strict=True))
    low = [min(column) for column in columns]
    span = [max(max(column) - least, 1e-12) for column, least in zip(columns, low, strict=True)]
    whole: float = 1.1 ** len(span)
    return [
        hypervolume(
            [tuple((x - a) / s for x, a, s in zip(point, low, span, strict=True)) for point in front],
            [1.1] * len(span),
        )
        / whole
        for front in losses
    ]
