"""Known mechanisms, written with the operations of the language."""

import functools
from collections.abc import Callable, Mapping

from regard.discovery.language.graph import Graph
from regard.discovery.language.terms import Term, term


def scores() -> Term:
    """q kᵀ over the temperature."""
    return term("temperature", term("dot", term("q"), term("k")))


def weighed(weigh: str) -> Term:
    """The values, mixed by scores that an operation has made weights."""
    return term("mix", term(weigh, scores()), term("v"))


def gated() -> Term:
    """Qiu et al. 2025, arXiv 2505.06708: what is read, times a gate for each feature."""
    return term("open_features", weighed("softmax"), term("sigmoid", term("gate")))


def forgetting() -> Term:
    """Lin et al. 2025, arXiv 2503.02130, eq. 6."""
    faded = term("add", scores(), term("forgetting", term("forget")))
    return term("mix", term("softmax", faded), term("v"))


def linear() -> Term:
    """Katharopoulos et al. 2020, arXiv 2006.16236: features in place of the exponential, one sum of keys."""
    return shared(term("elu_one", term("q")), term("elu_one", term("k")))


def shared(q: Term, k: Term) -> Term:
    """The values in proportion to the products of features."""
    mixed = term("read", q, term("write", k, term("v")))
    mass = term("read", q, term("write", k, term("one")))
    return term("divide", mixed, mass)


def cosformer() -> Term:
    """Qin et al. 2022, arXiv 2202.08791: cos(i - j) = cos i cos j + sin i sin j."""
    q, k = term("relu", term("q")), term("relu", term("k"))

    def summed(value: Term) -> Term:
        return term(
            "add",
            *(
                term("read", term(turn, q), term("write", term(turn, k), value))
                for turn in ("times_cosine", "times_sine")
            ),
        )

    return term("divide", summed(term("v")), summed(term("one")))


def retention() -> Term:
    """Sun et al. 2023, arXiv 2307.08621, eq. 5."""
    written = term("retain", term("write", term("k"), term("v")))
    return term("read", term("temperature", term("q")), written)


def gated_linear() -> Term:
    """Yang et al. 2023, arXiv 2312.06635, eq. 3."""
    written = term("fade", term("write", term("k"), term("v")), term("decay"))
    return term("read", term("temperature", term("q")), written)


def delta() -> Term:
    """Yang et al. 2024, arXiv 2406.06484, section 2.2."""
    q, k = (term("unit", term("silu", term(each))) for each in "qk")
    return term("read", q, term("delta_write", k, term("v"), term("sigmoid", term("beta"))))


def synthesizer() -> Term:
    """Tay et al. 2021, arXiv 2005.00743, section 3."""
    return term("mix", term("softmax", term("synthesize", term("q"))), term("v"))


def differential() -> Term:
    """Ye et al. 2024, arXiv 2410.05258, eq. 1 to 3."""
    second = term("temperature", term("dot", term("q2"), term("k2")))
    taken = term("mix", term("softmax", second), term("v"))
    difference = term("learned_difference", weighed("softmax"), taken)
    return term("keep_share", term("rms_norm", difference))


def prior_champion() -> Term:
    """The champion of the project Evolving Attention: sigmoid(V Kᵀ / √d) · LayerNorm(GELU(V)).

    Keys are the layer's input itself, as there: the graph is without W_k. It has no queries.
    """
    values = term("v")
    asked = term("as_queries", term("resize", values))
    weights = term("weigh_sigmoid", term("temperature", term("dot", asked, term("k"))))
    return term("mix", weights, term("layer_norm", term("gelu", values)))


LIBRARY: Mapping[str, Callable[[], Term]] = {
    "softmax": functools.partial(weighed, "softmax"),
    "sink": functools.partial(weighed, "sink"),
    "sigmoid": functools.partial(weighed, "share_sigmoid"),
    "entmax": functools.partial(weighed, "entmax"),
    "linear": linear,
    "gated": gated,
    "forgetting": forgetting,
    "cosformer": cosformer,
    "retention": retention,
    "gated_linear": gated_linear,
    "delta": delta,
    "synthesizer": synthesizer,
    "differential": differential,
    "prior_champion": prior_champion,
}
"""By the name of the entry of the catalog that each equals; the last one is none."""

ABSENT = {"prior_champion": "k"}
"""Projections that a graph is without."""


@functools.cache
def known() -> Mapping[str, Graph]:
    """All of them as graphs."""
    return {name: Graph(make(), ABSENT.get(name, ""), name) for name, make in LIBRARY.items()}
