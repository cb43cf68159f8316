"""The mechanisms of the catalog, with their options and projections."""

from collections.abc import Iterable, Mapping, Sequence
from random import Random
from typing import Any, Literal, final, get_args, get_origin

from regard.core.entry import Entry
from regard.core.errors import InvalidOption
from regard.core.spec import Spec
from regard.mechanisms import MECHANISMS
from regard.search.space import MechanismSpace

PROJECTIONS = "qkvo"


@final
class Catalog(MechanismSpace[Entry]):
    """What is known already, in other settings: options that are truth values or choices, and which of
    the four projections there are.

    names: the mechanisms that take part; the first one is where a search starts.
    """

    def __init__(
        self,
        *,
        names: tuple[str, ...] = ("softmax", "linear", "sigmoid", "cosformer", "retention", "uniform"),
    ) -> None:
        if not names:
            raise InvalidOption("catalog: names must hold at least one mechanism.")
        for name in names:
            MECHANISMS.find(name)
        self.names = tuple(names)

    def start(self, rng: Random) -> Entry:
        return _entry(MECHANISMS.complete(Spec(self.names[0])), "")

    def vary(self, parents: Sequence[Entry], rng: Random, chances: Mapping[str, float]) -> tuple[Entry, str]:
        mechanism, absent = parents[0].mechanisms[0], _absent(parents[0])
        choices = _choices(mechanism.name)
        operators = [
            "project",
            *(["exchange"] if len(self.names) > 1 else []),
            *(["choose"] if choices else []),
        ]
        [operator] = rng.choices(operators, [chances.get(each, 1.0) for each in operators])
        if operator == "project":
            flipped = rng.choice(PROJECTIONS)
            return _entry(mechanism, _flip(absent, flipped)), operator
        if operator == "exchange":
            name = rng.choice([each for each in self.names if each != mechanism.name])
            return _entry(MECHANISMS.complete(Spec(name)), absent), operator
        option = rng.choice(sorted(choices))
        value = rng.choice(choices[option])
        changed = Spec.of(mechanism.name, {**mechanism.settings, option: value})
        return _entry(MECHANISMS.complete(changed), absent), operator

    def identity(self, genome: Entry) -> str:
        return str(genome.to_json())

    def to_json(self, genome: Entry) -> Any:
        return genome.to_json()

    def from_json(self, value: Any) -> Entry:
        return Entry.from_json(value)

    def entry(self, genome: Entry) -> Entry:
        return genome

    def describe(self, genome: Entry) -> str:
        absent = _absent(genome)
        return MECHANISMS.label(genome.mechanisms[0]) + (f" without {', '.join(absent)}" if absent else "")

    def simpler(self, genome: Entry) -> Iterable[tuple[str, Entry]]:
        for each in PROJECTIONS:
            if each not in _absent(genome):
                yield f"projection {each}", _entry(genome.mechanisms[0], _absent(genome) + each)

    def known(self) -> Iterable[tuple[str, Entry]]:
        for name in self.names:
            yield name, _entry(MECHANISMS.complete(Spec(name)), "")


def _entry(mechanism: Spec, absent: str) -> Entry:
    return Entry.of([mechanism], absent=absent) if absent else Entry.of([mechanism])


def _absent(entry: Entry) -> str:
    return str(dict(entry.model).get("absent", ""))


def _flip(absent: str, letter: str) -> str:
    return absent.replace(letter, "") if letter in absent else absent + letter


def _choices(name: str) -> dict[str, list[Any]]:
    """The values of the options that have few."""
    found: dict[str, list[Any]] = {}
    for option in MECHANISMS.options(name).values():
        if option.annotation is bool:
            found[option.name] = [False, True]
        elif get_origin(option.annotation) is Literal:
            found[option.name] = list(get_args(option.annotation))
    return found
