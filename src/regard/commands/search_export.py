"""What `regard search export` does: a candidate as files that need no search."""

from pathlib import Path

from regard.commands.search import front_of
from regard.commands.search_card import card
from regard.core.errors import InvalidOption
from regard.core.files import write, writing
from regard.core.numbers import counted
from regard.core.results.search import Found, FrontResult
from regard.discovery.emission.diagram import diagram
from regard.discovery.emission.export import class_name, python_file
from regard.discovery.emission.latex import formula
from regard.discovery.identity import canonical
from regard.discovery.language.graph import Graph
from regard.search.ledger import Ledger


def chosen(folder: Path, place: int) -> tuple[FrontResult, Found]:
    """The candidate at a place of the front, counted from 1. Raises `InvalidOption` for no such place."""
    with Ledger.existing(folder) as ledger:
        result = front_of(ledger)
    if not 1 <= place <= len(result.front):
        raise InvalidOption(
            f"The front of {folder} has {counted(len(result.front), 'candidate')}: --candidate {place} "
            f"is no place of it."
        )
    return result, result.front[place - 1]


def export(folder: Path, place: int) -> list[Path]:
    """Write a candidate as a PyTorch file, a graph, a formula, a picture, and a card of its evidence.

    Returns the paths.

    Raises `InvalidOption` where the candidates are no graphs.
    """
    result, found = chosen(folder, place)
    if result.description["space"]["name"] != "graphs":
        raise InvalidOption("Only graphs are exported: this search went through a space of another kind.")
    graph = canonical(Graph.from_json(found.genome))
    name = class_name(f"found_{found.number}")
    target = folder / "exported"
    with writing(folder):
        target.mkdir(parents=True, exist_ok=True)
    files = {
        f"{name}.py": python_file(graph, name),
        f"{name}.json": graph.text + "\n",
        f"{name}.tex": formula(graph) + "\n",
        f"{name}.svg": diagram(graph),
        f"{name}.md": card(folder, result, found),
    }
    for file, text in files.items():
        write(target / file, text.encode())
    return [target / file for file in files]
