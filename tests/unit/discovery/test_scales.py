"""A graph claims the scale of the shell only where it divides products of q and k by it, once."""

import pytest

from regard.attention.checking.subject import MechanismSubject
from regard.attention.laws import MECHANISM_LAWS
from regard.discovery.emission.claims import divides_products
from regard.discovery.language.graph import Graph
from regard.discovery.language.terms import term
from regard.mechanisms import MECHANISMS

Q, K, V = term("q"), term("k"), term("v")
PRODUCTS = term("dot", Q, K)
DIVIDED = term("temperature", PRODUCTS)


def attention(scores, values=V):
    return term("mix", term("softmax", scores), values)


@pytest.mark.parametrize(
    ("output", "claims"),
    [
        (attention(DIVIDED), True),
        (attention(term("add", DIVIDED, term("distance"))), True),
        (attention(PRODUCTS), False),
        (attention(term("temperature", DIVIDED)), False),
        (attention(term("multiply", DIVIDED, PRODUCTS)), False),
        (attention(PRODUCTS, term("temperature", V)), False),
        (attention(term("temperature", term("dot", term("square", Q), term("square", K)))), False),
        (attention(term("temperature", term("convolutional", Q, K))), True),
        (attention(term("convolutional", Q, K)), False),
        (attention(term("temperature", term("bilinear", Q, K))), True),
        (term("subtract", attention(term("bilinear", Q, K)), attention(DIVIDED)), False),
        (term("add", attention(DIVIDED), term("read", Q, term("write", K, V))), False),
    ],
)
def test_products_divided_once_are_at_the_scale_of_the_shell(output, claims):
    assert divides_products(output) == claims
    subject = MechanismSubject(MECHANISMS.find("program"), {"graph": Graph(output).text}, MECHANISMS.find)
    judged = MECHANISM_LAWS.judge(subject, "scale")
    assert judged.outcome == ("holds" if claims else "exempt"), judged


def test_the_law_would_find_a_false_claim(monkeypatch):
    monkeypatch.setattr("regard.discovery.emission.claims.divides_products", lambda output: True)
    subject = MechanismSubject(
        MECHANISMS.find("program"), {"graph": Graph(attention(PRODUCTS)).text}, MECHANISMS.find
    )
    judged = MECHANISM_LAWS.judge(subject, "scale")
    assert judged.outcome == "broken"
