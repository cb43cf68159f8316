"""Memories: written at the keys, read at the queries, by sums that are linear in the length."""

from regard.discovery.language.facts import PARTS, bits
from regard.discovery.language.mixing_flows import (
    faded,
    gathered,
    read,
    written,
)
from regard.discovery.language.operation import Constant, Operation

PAIRWISE = bits("edges window segments slopes table dense", PARTS)
"""What tells pairs apart, and a sum over keys does not honor."""
ORDERED = PAIRWISE | bits("cross start", PARTS)
"""What a memory that is written in order does not honor either."""

WRITE = Operation(
    name="write",
    says="each value is added to the memory at its key",
    signatures=("keys:w, keys:u -> state:w:u",),
    torch="Memory($0, $1)",
    latex=r"\sum_j ($0)_j \otimes ($1)_j",
    flow=written(PAIRWISE),
    matmul="2 m w u",
)
DELTA_WRITE = Operation(
    name="delta_write",
    says="each value replaces, as strongly as a gate says, what the memory holds at its key",
    signatures=("keys:w, keys:u, gate keys:1 -> state:w:u",),
    torch="Memory($0, $1, strength=$2)",
    latex=r"\Delta($0, $1; $2)",
    flow=written(ORDERED, orders=True),
    matmul="6 m w u",
    other="64 m w + 64 m u",
)
FADE = Operation(
    name="fade",
    says="the memory fades at each position by sigmoid(x)^(1/root), for all features or each of its own",
    signatures=("state:w:u, keys:w -> state:w:u", "state:w:u, keys:1 -> state:w:u"),
    torch="$0.faded(logsigmoid($1) / $root)",
    latex=r"\mathrm{fade}\left($0;\ \sigma($1)^{1/$root}\right)",
    flow=faded(ORDERED),
    other="64 m w",
    constants={"root": Constant(16.0, 1.0, 256.0)},
)
RETAIN = Operation(
    name="retain",
    says="the memory fades at each position by 1 - 2^(-5-h) in head h",
    signatures=("state:w:u -> state:w:u",),
    torch="$0.faded(retention(reading))",
    latex=r"\mathrm{fade}\left($0;\ 1 - 2^{-5-h}\right)",
    flow=faded(ORDERED),
    other="64 m",
)
READ = Operation(
    name="read",
    says="what the memory holds at each query, of what the mask lets it read",
    signatures=("queries:w, state:w:u -> queries:u",),
    torch="recall($0, $1, reading)",
    latex=r"$0 \left($1\right)",
    flow=read,
    matmul="2 n w u",
)
GATHER = Operation(
    name="gather",
    says="the sum of all that the mask lets a query read",
    signatures=("features keys:u -> features queries:u", "keys:u -> queries:u"),
    torch="gathered($0, reading)",
    latex=r"\textstyle\sum_{\leq} $0",
    flow=gathered(PAIRWISE),
    other="2 n u",
)
GATHER_NEAR = Operation(
    name="gather_near",
    says="the sum of what lies at most so many positions away and may be read",
    signatures=("features keys:u -> features queries:u", "keys:u -> queries:u"),
    torch="gathered_near($0, $reach, reading)",
    latex=r"\textstyle\sum_{|i-j| \leq $reach} $0",
    flow=gathered(ORDERED, placed=True),
    other="4 n u",
    constants={"reach": Constant(3, 1, 64, whole=True)},
)
