"""What a graph has to be like to be worth training: named rules, each with its reason."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, final

from regard.discovery.language.facts import READABLE, V, bits
from regard.discovery.language.graph import Graph
from regard.discovery.language.terms import Term
from regard.discovery.language.types import PAIRS

QUERIES, KEYS = bits("q q2 gate"), bits("k k2 v forget decay beta")

SHORT = ("unit", "spread")
"""Operations that give features of a length of at most 1."""


@final
@dataclass(frozen=True)
class Rule:
    """A rule that a graph breaks or not; one that is rejected is not trained, a warning is only told."""

    name: str
    verdict: Literal["reject", "warn"]
    reason: str
    broken: Callable[[Graph], bool]


def _of_selection(graph: Graph) -> int:
    return graph.output.facts.selection


def _asks(graph: Graph) -> bool:
    """Whether what stands at a query selects."""
    return bool(_of_selection(graph) & QUERIES) or any(node.name == "as_queries" for node in graph.nodes)


def _cancels(graph: Graph) -> bool:
    for node in graph.nodes:
        if node.name in ("subtract", "divide") and node.inputs[0] is node.inputs[1]:
            return True
        if node.name == "add" and _opposite(*node.inputs):
            return True
    return False


def _opposite(x: Term, y: Term) -> bool:
    return (x.name == "negate" and x.inputs[0] is y) or (y.name == "negate" and y.inputs[0] is x)


def _constant_weights(graph: Graph) -> bool:
    for node in graph.nodes:  # noqa: SIM110 - every graph of a search is asked, and a loop is quick
        if node.type.kind in PAIRS and node.facts.constant:
            return True
    return False


RULES = (
    Rule(
        "carries_values",
        "reject",
        "the output does not carry v as content from other positions",
        lambda graph: not graph.output.facts.mixed & V or graph.output.facts.reach < READABLE,
    ),
    Rule("constant_output", "reject", "the output is one number", lambda graph: graph.output.facts.constant),
    Rule("constant_weights", "reject", "the weights of a mix depend on nothing", _constant_weights),
    Rule("no_selection", "reject", "nothing selects what is read", lambda graph: not _of_selection(graph)),
    Rule(
        "divides",
        "reject",
        "a number that may be negative divides, and would count as 1e-6",
        lambda graph: any(node.name == "divide" and node.inputs[1].facts.low < 0 for node in graph.nodes),
    ),
    Rule("cancels", "reject", "two terms cancel each other", _cancels),
    Rule(
        "static",
        "warn",
        "what is read does not depend on both a query and a key: a static mixer",
        lambda graph: not (_asks(graph) and _of_selection(graph) & KEYS),
    ),
    Rule(
        "diverging",
        "warn",
        "a delta rule writes at keys that are not of length 1: its memory may grow at every position",
        lambda graph: any(
            node.name == "delta_write" and node.inputs[0].name not in SHORT for node in graph.nodes
        ),
    ),
    Rule(
        "unstable",
        "warn",
        "an exponential of an unbounded number is taken",
        lambda graph: not graph.output.facts.stabilized,
    ),
)


def broken(graph: Graph) -> tuple[Rule, ...]:
    """The rules that a graph breaks. It should be in its simplest form."""
    return tuple(rule for rule in RULES if rule.broken(graph))


def rejected(graph: Graph) -> Rule | None:
    """The first rule for which a graph is not worth training; None if it is."""
    return next((rule for rule in RULES if rule.verdict == "reject" and rule.broken(graph)), None)
