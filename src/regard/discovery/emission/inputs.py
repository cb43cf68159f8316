"""The streams that a program reads, as a mechanism declares them."""

from typing import Any

from regard.attention.size import Size
from regard.attention.streams import Init, Stream, Streams
from regard.discovery.language.terms import Term

MEETING = ("convolutional",)
"""Operations by which queries see one another: what they read is read as streams of keys are, none that is
hidden, and again when going on."""


def streams_of(output: Term, size: Size) -> Streams[Any]:
    """Those that its nodes name; of a query that is not read only its place matters."""
    d, e = size.d, size.e
    used = {node.name for node in output.nodes}
    met = {each.name for node in output.nodes if node.name in MEETING for each in node.inputs[0].nodes}

    def of_queries(name: str, features: int, init: Init | None = None) -> Stream:
        return Stream(features, of="keys" if name in met else "queries", init=init)

    declared: dict[str, Any] = {
        "q": of_queries("q", d if "q" in used else 0),
        "k": d,
        "v": e,
        "q2": of_queries("q2", d),
        "k2": d,
        # small weights: every gate starts near one half, where a sigmoid's gradient is largest
        "gate": of_queries("gate", e, Init(std=0.02)),
        "forget": Stream(1, of="keys", init=Init(bias=5.0)),
        "decay": Stream(d, of="keys", init=Init(bias=0.0)),
        "beta": Stream(1, of="keys", init=Init()),
    }
    return Streams(**{name: each for name, each in declared.items() if name in used or name == "q"})
