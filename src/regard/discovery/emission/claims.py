"""From what is known of a program to what a mechanism claims."""

from regard.attention.traits import RowSum, Tie, Traits
from regard.discovery.language.facts import PARTS, Facts, names
from regard.discovery.language.terms import Term
from regard.discovery.language.types import PAIRS

SOURCE = "a graph of the language of discovery"

PRODUCTS = ("dot", "bilinear", "convolutional")
"""Operations that multiply queries and keys."""

QUERIES_AND_KEYS = {"q", "q2", "k", "k2"}


def claims_of(output: Term, ties: tuple[Tie, ...] = ()) -> Traits:
    """The traits of a program: what was proved of it, and nothing else."""
    facts = output.facts
    pairs = any(node.type.kind in PAIRS for node in output.nodes)
    streams = {node.name for node in output.nodes}
    honored = dict.fromkeys(names(facts.honors, PARTS), True)
    honored["streaming"] = honored.get("streaming", False) and honored.get("causal", False)
    return Traits(
        source=SOURCE,
        time="n^2" if pairs else "n",
        memory="n^2" if pairs else "n",
        rotary=turns_freely(output),
        grouped="k" in streams,
        scaled=divides_products(output),
        weights=facts.linear,
        mass=mass_of(output),
        chooses=facts.chooses,
        equivariant=facts.equivariant,
        fixed_length=facts.fixed_length,
        stochastic=any(each.random for node in output.nodes for each in node.operation.parameters.values()),
        ties=ties,
        **honored,
    )


def turns_freely(output: Term) -> bool:
    """Whether q and k meet in inner products alone, which one rotation of both leaves as they are."""
    return all(
        node.name == "dot" and {each.name for each in node.inputs} == {"q", "k"}
        for node in output.nodes
        if any(each.name in ("q", "k") for each in node.inputs)
    )


def divides_products(output: Term) -> bool:
    """Whether all products of q and k are divided by the temperature, once, and nothing else is.

    Where there are products nothing else may read q and k: it would not be divided.
    """
    nodes = output.nodes
    products = {node for node in nodes if node.name in PRODUCTS}
    plain = all({each.name for each in node.inputs} <= QUERIES_AND_KEYS for node in products)
    elsewhere = {each.name for node in nodes if node not in products for each in node.inputs}
    alone = not products or not elsewhere & QUERIES_AND_KEYS
    readers = {node.name for node in nodes if products.intersection(node.inputs)}
    divided = {node.inputs[0] for node in nodes if node.name == "temperature"}
    return plain and alone and readers <= {"temperature"} and divided <= products


def mass_of(output: Term) -> RowSum | None:
    """What the weights of a program that ends in a mix of the values themselves sum to."""
    if output.name not in ("mix", "mix_features") or output.inputs[1].name != "v":
        return None
    weights: Facts = output.inputs[0].facts
    if weights.low < 0:
        return None
    return {"1": "exactly 1", "<=1": "at most 1"}.get(weights.rows, "0 or more")  # type: ignore[return-value]
