"""What a program starts from: streams, and constants of positions."""

from regard.discovery.language.facts import OWN
from regard.discovery.language.flows import (
    constant,
    source,
)
from regard.discovery.language.operation import Operation


def _stream(name: str, kind: str, latex: str, says: str) -> Operation:
    return Operation(
        name=name,
        says=says,
        signatures=(f"-> {kind}",),
        torch=f'reading.streams["{name}"]',
        latex=latex,
        flow=source(name),
    )


Q = _stream("q", "queries:d", "Q", "the queries")
K = _stream("k", "keys:d", "K", "the keys")
V = _stream("v", "keys:e", "V", "the values")
Q2 = _stream("q2", "queries:d", "Q_2", "second queries, of a projection of their own")
K2 = _stream("k2", "keys:d", "K_2", "second keys, of a projection of their own")
GATE = _stream("gate", "queries:e", "G", "a number for each query and feature of a value, to open a gate by")
FORGET = _stream("forget", "keys:1", "F", "a number for each key, to forget by; open at first")
DECAY = _stream("decay", "keys:d", "A", "a number for each key and feature, to fade by")
BETA = _stream("beta", "keys:1", "B", "a number for each key, how strongly it writes")

ONE = Operation(
    name="one",
    says="1 at every key, 0 where it is hidden",
    signatures=("-> gate keys:1",),
    torch="reading.ones()",
    latex=r"\mathbf{1}",
    flow=constant(0.0, 1.0, reach=OWN),
)
