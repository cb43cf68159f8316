"""Which known mechanisms a genome is nearest to."""

from dataclasses import dataclass
from typing import Generic, final

from regard.search.space import G, MechanismSpace


@final
@dataclass(frozen=True)
class Relatives(Generic[G]):
    """The nearest known mechanism in two senses, which may be one."""

    by_edits: str
    edits: float
    """How many edits lead there."""
    by_outputs: str
    likeness: float
    """How alike the outputs are, at most 1."""
    genomes: dict[str, G]
    """Of both, by name."""


def relatives(space: MechanismSpace[G], genome: G) -> Relatives[G]:
    """The known mechanism from which the fewest edits lead to a genome, and the one that acts most alike."""
    known = dict(space.known())
    edits = {name: space.distance(genome, other) for name, other in known.items()}
    alike = {name: space.likeness(genome, other) for name, other in known.items()}
    first = min(known, key=lambda name: (edits[name], -alike[name], name))
    second = min(known, key=lambda name: (-alike[name], edits[name], name))
    both = {name: known[name] for name in (first, second)}
    return Relatives(first, edits[first], second, alike[second], both)
