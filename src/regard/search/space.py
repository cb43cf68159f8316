"""What is searched: genomes that can be drawn, varied, told apart and written down."""

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Mapping, Sequence
from random import Random
from typing import Any, ClassVar, Generic, Self, TypeVar

from regard.core.entry import Entry

G = TypeVar("G")


class Space(ABC, Generic[G]):
    """A set of genomes. Whatever is drawn at random comes from the generator that is given."""

    crossings: ClassVar[tuple[str, ...]] = ()
    """Operators by which a child takes something over from the last parent too; all others vary the first."""

    @abstractmethod
    def start(self, rng: Random) -> G:
        """A genome that has no parents."""

    @abstractmethod
    def vary(self, parents: Sequence[G], rng: Random, chances: Mapping[str, float]) -> tuple[G, str]:
        """A child of one or more parents, and the name of the operator that made it.

        chances: how likely each operator is, relative to 1 for those that are not named.
        """

    @abstractmethod
    def identity(self, genome: G) -> str:
        """The same for two genomes exactly where they are the same thing: it is evaluated once."""

    @abstractmethod
    def to_json(self, genome: G) -> Any:
        """The genome as plain JSON."""

    @abstractmethod
    def from_json(self, value: Any) -> G:
        """The genome that `to_json` wrote. Raises a `RegardError` for what is none."""

    def objection(self, genome: G) -> str | None:
        """Why a genome is not worth an evaluation, in a sentence; None where nothing speaks against it."""
        return None


class MechanismSpace(Space[G]):
    """Genomes that are attention mechanisms."""

    @abstractmethod
    def entry(self, genome: G) -> Entry:
        """The mechanism, and the settings of the model that are its own."""

    def honoring(self, masks: Collection[str]) -> Self:
        """The space of those that honor these parts of a mask, as far as that is known before a run."""
        return self

    @abstractmethod
    def describe(self, genome: G) -> str:
        """What a genome is, in one line."""

    def warnings(self, genome: G) -> Sequence[str]:
        """What speaks against a genome before a run, without being a reason to refuse it."""
        return ()

    def contradictions(self, genome: G) -> Sequence[str]:
        """What is claimed of a genome and fails in a run on small random inputs; nothing if all holds."""
        return ()

    def simpler(self, genome: G) -> Iterable[tuple[str, G]]:
        """The genome without one of its parts, for every part that can be left out, with what is left out."""
        return ()

    def distance(self, genome: G, other: G) -> float:
        """How many edits lie between two genomes: here 0 for the same thing, else 1."""
        return float(self.identity(genome) != self.identity(other))

    def likeness(self, genome: G, other: G) -> float:
        """How alike they act on a few fixed numbers, at most 1: here 1 for the same thing, else 0."""
        return float(self.identity(genome) == self.identity(other))

    def known(self) -> Iterable[tuple[str, G]]:
        """Mechanisms that are known by a name, written in this space."""
        return ()
