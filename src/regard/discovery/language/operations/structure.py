"""What joins two nodes, what normalizes or maps the features at a position, and what moves them."""

import math

from regard.discovery.language.facts import ALL, PARTS, bits
from regard.discovery.language.flows import (
    added,
    divided,
    gated,
    multiplied,
    normalized,
    subtracted,
    widened,
)
from regard.discovery.language.mixing_flows import (
    moved,
    spread,
)
from regard.discovery.language.operation import Operation, Parameter

LINEAR = "torch.randn($h, $w, $w) * $w**-0.5"

ADD = Operation(
    name="add",
    says="the sum",
    signatures=(
        "features s:w, features s:w -> features s:w",
        "s:w, s:w -> s:w",
        "weights, weights -> weights",
        "map, map -> map",
        "scores, scores -> scores",
    ),
    torch="$0 + $1",
    latex=r"($0 + $1)",
    flow=added,
    other="p w",
    laws=frozenset({"commutative"}),
)
SUBTRACT = Operation(
    name="subtract",
    says="the difference",
    signatures=("s:w, s:w -> s:w", "map, map -> map", "scores, scores -> scores"),
    torch="$0 - $1",
    latex=r"($0 - $1)",
    flow=subtracted,
    other="p w",
)
MULTIPLY = Operation(
    name="multiply",
    says="the product, number by number",
    signatures=(
        "gate s:w, gate s:w -> gate s:w",
        "features s:w, features s:w -> features s:w",
        "s:w, s:w -> s:w",
        "weights, weights -> weights",
        "map, scores -> map",
        "scores, map -> map",
        "scores, scores -> scores",
    ),
    torch="$0 * $1",
    latex=r"$0 \odot $1",
    flow=multiplied,
    other="p w",
    laws=frozenset({"commutative"}),
)
OPEN = Operation(
    name="open",
    says="tokens times a gate, one number for each position",
    signatures=("features s:w, gate s:1 -> features s:w", "s:w, gate s:1 -> s:w"),
    torch="$0 * $1",
    latex=r"$0 \odot $1",
    flow=gated,
    other="p w",
)
OPEN_FEATURES = Operation(
    name="open_features",
    says="tokens times a gate, one number for each feature",
    signatures=("features s:w, gate s:w -> features s:w", "s:w, gate s:w -> s:w"),
    torch="$0 * $1",
    latex=r"$0 \odot $1",
    flow=lambda inputs, constants: gated(inputs, constants)._replace(linear=False),
    other="p w",
)
DIVIDE = Operation(
    name="divide",
    says="tokens over one number for each position, which is taken to be at least 1e-6",
    signatures=("features s:w, s:1 -> features s:w", "s:w, s:1 -> s:w"),
    torch="$0 / $1.clamp_min(1e-6)",
    latex=r"\frac{$0}{$1}",
    flow=divided,
    other="2 p w",
)
LAYER_NORM = Operation(
    name="layer_norm",
    says="the features of a position less their mean, over their standard deviation",
    signatures=("s:f -> s:f",),
    torch="layer_norm($0, $0.shape[-1:])",
    latex=r"\mathrm{LN}($0)",
    flow=widened(),
    other="7 p f",
)
RMS_NORM = Operation(
    name="rms_norm",
    says="the features of a position over the root of their mean square, each times a learned gain",
    signatures=("s:w -> s:w",),
    torch="scaled_rms_norm($0, $gain)",
    latex=r"\mathrm{RMS}($0)",
    flow=widened(learned=True),
    other="5 p w",
    parameters={"gain": Parameter("torch.ones($w)")},
)
UNIT = Operation(
    name="unit",
    says="the features of a position brought to length 1",
    signatures=("features s:w -> gate s:w", "s:w -> s:w"),
    torch="$0 * ($0.square().sum(-1, keepdim=True) + 1e-6).rsqrt()",
    latex=r"\frac{$0}{\lVert $0 \rVert}",
    flow=normalized(1.0),
    other="5 p w",
)
SPREAD = Operation(
    name="spread",
    says="softmax over the features of a position",
    signatures=("s:f -> gate s:f",),
    torch="$0.softmax(-1)",
    latex=r"\mathrm{softmax}_{\mathrm{features}}($0)",
    flow=widened(low=0.0, high=1.0),
    other="5 p f",
)
LINEAR_MAP = Operation(
    name="linear",
    says="a learned linear map of the features, one for each head",
    signatures=("s:w -> s:w",),
    torch="$0 @ $weight",
    latex=r"$0 W",
    flow=widened(learned=True),
    matmul="2 p w w",
    parameters={"weight": Parameter(LINEAR, random=True)},
)
NARROW = Operation(
    name="narrow",
    says="a learned linear map of the features to one number, one for each head",
    signatures=("s:w -> s:1",),
    torch="($0 * $weight).sum(-1, keepdim=True)",
    latex=r"$0 w",
    flow=widened(learned=True),
    other="2 p w",
    parameters={"weight": Parameter("torch.randn($h, 1, $w) * $w**-0.5", random=True)},
)
GATED_VALUE = Operation(
    name="gated_value",
    says="x times sigmoid(x W + b), feature by feature",
    signatures=("s:w -> s:w",),
    torch="$0 * ($0 @ $weight + $bias).sigmoid()",
    latex=r"$0 \odot \sigma($0 W + b)",
    flow=widened(learned=True),
    matmul="2 p w w",
    other="5 p w",
    parameters={"weight": Parameter(LINEAR, random=True), "bias": Parameter("torch.zeros($h, 1, $w)")},
)
LEARNED_DIFFERENCE = Operation(
    name="learned_difference",
    says="x - λ y, with λ = exp(a1·b1) - exp(a2·b2) + λ₀ learned for all heads",
    signatures=("s:w, s:w -> s:w",),
    torch="$0 - learned_share($vectors, reading) * $1",
    latex=r"($0 - \lambda \, $1)",
    flow=lambda inputs, _: widened(learned=True)(inputs, _)._replace(
        linear=inputs[0].linear and inputs[1].linear
    ),
    other="2 p w",
    parameters={"vectors": Parameter("0.1 * torch.randn(2, 2, $d)", random=True)},
)
KEEP_SHARE = Operation(
    name="keep_share",
    says="(1 - λ₀) times, with λ₀ = 0.8 - 0.6 exp(-0.3 l) in layer l",
    signatures=("s:w -> s:w",),
    torch="(1 - first_share(reading)) * $0",
    latex=r"(1 - \lambda_0) \, $0",
    flow=lambda inputs, _: inputs[0]._replace(low=-math.inf, high=math.inf),
    other="p w",
)
CONVOLVE = Operation(
    name="convolve",
    says="a depth-wise convolution along the sequence by a learned kernel of 3, backward where causal",
    signatures=("keys:w -> keys:w",),
    torch="neighbors($0, $kernel, reading)",
    latex=r"(\kappa * $0)",
    flow=spread(bits("cross start edges window segments slopes table dense", PARTS), learned=True),
    other="6 m w",
    parameters={"kernel": Parameter("torch.tensor([0.0, 1.0, 0.0]).repeat($h, $w, 1)")},
)
FOURIER = Operation(
    name="fourier",
    says="the real part of the Fourier transform over all positions, over the root of their number",
    signatures=("keys:w -> keys:w",),
    torch="fourier($0)",
    latex=r"\mathrm{Re}\,\mathcal{F}($0)",
    flow=spread(ALL, everywhere=True),
    other="60 m w",
)
AS_QUERIES = Operation(
    name="as_queries",
    says="what stands at the keys, taken as that of the queries of the same sequence",
    signatures=(
        "gate keys:w -> gate queries:w",
        "features keys:w -> features queries:w",
        "keys:w -> queries:w",
    ),
    torch="at_queries($0, reading)",
    latex=r"$0",
    # a query has its own numbers, also where an edge to itself is missing
    flow=moved(bits("cross start edges table dense", PARTS)),
)
RESIZE = Operation(
    name="resize",
    says="the first features, or 0 where there are no more: from keys' to values' features and back",
    signatures=(
        "features s:d -> features s:e",
        "s:d -> s:e",
        "features s:e -> features s:d",
        "s:e -> s:d",
    ),
    torch='resized($0, "$to", reading)',
    latex=r"$0",
    flow=lambda inputs, _: inputs[0]._replace(
        low=min(inputs[0].low, 0.0), high=max(inputs[0].high, 0.0), linear=False
    ),
)
