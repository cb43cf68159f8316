"""The catalog of mechanisms: one per file, independent of one another."""

from collections.abc import Iterable
from pathlib import Path

from regard.core import user_file
from regard.core.catalog import Catalog, DataFile
from regard.core.spec import Spec
from regard.discovery.language.graph import Graph
from regard.mechanisms._aliases import ALIASES, Alias, alias_note, meant_by

__all__ = ["ALIASES", "MECHANISMS", "Alias", "alias_note", "label", "meant_by"]


def read_graph(path: Path) -> dict[str, str]:
    """The options of the program that a file of a graph describes."""
    return {"graph": Graph.load(path).text}


MECHANISMS = Catalog("mechanism", __name__, DataFile(".json", "program", read_graph))


def label(layers: Iterable[Spec]) -> str:
    """What a model's mechanisms are called: names with the options that are not default, joined by `+`."""
    return "+".join(MECHANISMS.label(spec) for spec in layers)


def labels(specs: Iterable[Spec]) -> dict[Spec, str]:
    """What mechanisms are called beside one another: two files' classes of one name by their files too, as in
    `first.mine.Mine` and `second.mine.Mine`.
    """
    specs = list(specs)
    called = user_file.distinct(dict.fromkeys(spec.name for spec in specs))
    return {
        spec: called[spec.name] + MECHANISMS.label(spec).removeprefix(user_file.short(spec.name))
        for spec in specs
    }
