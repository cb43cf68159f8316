"""Maps and scores that know where positions are."""

import math

from regard.discovery.language.facts import ALL, PARTS, bits
from regard.discovery.language.flows import (
    placed,
    scored,
)
from regard.discovery.language.mixing_flows import (
    turned,
)
from regard.discovery.language.operation import Constant, Operation, Parameter

PLACED = bits("segments", PARTS)
"""Places count from the first position, whatever the document."""
IN_ORDER = bits("cross start edges segments table dense", PARTS)

DISTANCE = Operation(
    name="distance",
    says="scores that fall with the distance, by 2^(-8 h / H) in head h of H",
    signatures=("-> scores",),
    torch="for_all(reading.slopes() * reading.distances(), reading)",
    latex=r"-a_h |i - j|",
    flow=placed(-math.inf, 0.0),
    other="n m",
)
MAP_OF_PLACES = Operation(
    name="map_of_places",
    says="learned scores, one for each pair of places",
    signatures=("-> scores",),
    torch="for_all(places($map, reading), reading)",
    latex=r"R",
    flow=placed(-math.inf, math.inf, learned=True, fixed_length=True, honors=ALL & ~PLACED),
    parameters={"map": Parameter("torch.randn($h, $n, $n)", random=True)},
)
NEAR_COSINE = Operation(
    name="near_cosine",
    says="cos(π (i - j) / 2M), where M is the longest length",
    signatures=("-> scores",),
    torch="for_all((reading.distances() * (math.pi / 2 / reading.length)).cos(), reading)",
    latex=r"\cos\tfrac{\pi (i - j)}{2M}",
    flow=placed(0.0, 1.0, fixed_length=True),
    other="3 n m",
)
COSINE = Operation(
    name="times_cosine",
    says="times cos(π i / 2M) at position i, where M is the longest length",
    signatures=("features s:w -> features s:w", "s:w -> s:w"),
    torch='$0 * angles($0, "$s", reading).cos()',
    latex=r"$0 \odot \cos\tfrac{\pi i}{2M}",
    flow=turned,
    other="p w + 2 p",
)
SINE = Operation(
    name="times_sine",
    says="times sin(π i / 2M) at position i, where M is the longest length",
    signatures=("features s:w -> features s:w", "s:w -> s:w"),
    torch='$0 * angles($0, "$s", reading).sin()',
    latex=r"$0 \odot \sin\tfrac{\pi i}{2M}",
    flow=turned,
    other="p w + 2 p",
)
FORGETTING = Operation(
    name="forgetting",
    says="the sum of log sigmoid(x) over the positions between a query and a key",
    signatures=("keys:1 -> scores",),
    torch="forgotten($0, reading)",
    latex=r"\textstyle\sum_{l=j+1}^{i} \log \sigma($0)_l",
    flow=lambda inputs, constants: scored(without=IN_ORDER, placed=True)(inputs, constants)._replace(
        low=-math.inf, high=0.0
    ),
    other="2 n m + 4 m",
)
SYNTHESIZE = Operation(
    name="synthesize",
    says="scores of all places by a small network of each query",
    signatures=("queries:w -> scores",),
    torch="synthesized($0, $hidden, $hidden_bias, $outer, $outer_bias, reading)",
    latex=r"\mathrm{MLP}($0)",
    flow=scored(without=PLACED, learned=True, fixed=True, placed=True),
    matmul="2 n w w + 2 n w m",
    other="2 n w + n m",
    parameters={
        "hidden": Parameter("torch.randn($h, $w, $w) * (2 / $w) ** 0.5", random=True),
        "hidden_bias": Parameter("torch.zeros($h, 1, $w)"),
        "outer": Parameter("torch.randn($h, $w, $n) * $w**-0.5", random=True),
        "outer_bias": Parameter("torch.zeros($h, 1, $n)"),
    },
)
BAND = Operation(
    name="band",
    says="0 for keys at most so many positions away, and -10 000 for others",
    signatures=("-> scores",),
    torch="for_all(-1e4 * (reading.distances().abs() > $reach), reading)",
    latex=r"\mathrm{band}_{$reach}",
    flow=placed(-1e4, 0.0),
    other="3 n m",
    constants={"reach": Constant(8, 1, 1024, whole=True)},
)

__all__ = [
    "BAND",
    "COSINE",
    "DISTANCE",
    "FORGETTING",
    "MAP_OF_PLACES",
    "NEAR_COSINE",
    "SINE",
    "SYNTHESIZE",
]
