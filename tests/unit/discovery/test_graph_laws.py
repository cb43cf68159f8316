"""Graphs that are no entry of the catalog keep the laws too, by what was proved of them."""

import random

import pytest

from regard.attention.checking.subject import MechanismSubject
from regard.attention.laws import MECHANISM_LAWS
from regard.discovery.identity import canonical
from regard.discovery.language.graph import Graph
from regard.discovery.language.rules import broken
from regard.discovery.language.terms import term
from regard.discovery.library import known
from regard.discovery.variation.operators import OPERATORS
from regard.mechanisms import MECHANISMS

Q, K, V = term("q"), term("k"), term("v")
PRODUCTS = term("dot", Q, K)
CONVOLVED = term("temperature", term("convolutional", Q, K))

MEANING = (
    "causality_cut",
    "causality_loud",
    "causality_redrawn",
    "causal_and_padding",
    "causal_cross",
    "cross_lengths",
    "dense",
    "edges",
    "mass",
    "padding_content",
    "permutation_equivariance",
    "readable_keys",
    "reads",
    "rotary",
    "scale",
    "segments",
    "sides",
    "slopes",
    "start",
    "table",
    "weights_times_values",
    "window",
)
"""Laws of what is read, and not of rounding: a graph that was found may be as loud as it likes.

What chooses is left out: a graph may claim that it leaves keys unread, and never do, as where it asks for a
sum of weights alone that is always 1.
"""


def attention(scores, values=V):
    return term("mix", term("softmax", scores), values)


@pytest.mark.parametrize(
    ("output", "law"),
    [
        (attention(CONVOLVED), "sides"),
        (term("open_features", attention(CONVOLVED), term("sigmoid", term("gate"))), "sides"),
        (term("open_features", attention(CONVOLVED), term("sigmoid", term("gate"))), "padding_nan"),
        (term("mix", term("sparsemax", term("distance")), V), "chooses"),
        (term("mix", term("weigh_relu", term("dot", term("exp", Q), term("exp", K))), V), "chooses"),
        (term("times_cosine", attention(PRODUCTS)), "segments"),
        (term("sigmoid", attention(PRODUCTS)), "dense"),
        (term("sigmoid", attention(PRODUCTS)), "fully_masked_rows"),
    ],
)
def test_no_claim_is_too_much(output, law):
    assert judged(Graph(output), law).outcome != "broken"


@pytest.mark.long
@pytest.mark.parametrize("seed", range(40))
def test_graphs_some_operators_away_from_the_library_keep_the_laws_of_what_is_read(seed):
    graph = mutant(random.Random(seed))
    found = [judged(graph, law) for law in MEANING]
    assert [each for each in found if each.outcome == "broken"] == [], graph.text


def judged(graph, law):
    subject = MechanismSubject(MECHANISMS.find("program"), {"graph": graph.text}, MECHANISMS.find)
    return MECHANISM_LAWS.judge(subject, law)


def mutant(rng):
    """A graph that breaks no rule."""
    names = sorted(known())
    while True:
        graph = start = known()[rng.choice(names)]
        for _ in range(rng.randint(1, 5)):
            graph = OPERATORS[rng.choice(sorted(OPERATORS))](graph, start, rng) or graph
        if not broken(canonical(graph)):
            return canonical(graph)
