"""Functions of each number."""

import math

from regard.discovery.language.flows import (
    Bounds,
    Flow,
    pointwise,
    scaled,
    shifted,
)
from regard.discovery.language.operation import Constant, Operation

ANY = ("s:w -> s:w", "scores -> scores")
TOWARD_ZERO = ("s:w -> s:w", "map -> map", "scores -> scores")
"""Of a function with f(0) = 0, which keeps a map a map."""
POSITIVE = ("s:w -> features s:w", "map -> weights", "scores -> scores")


def _increasing(f: "object") -> Bounds:
    return lambda low, high: (f(low), f(high))  # type: ignore[operator]


def _of(name: str, torch: str, latex: str, flow: Flow, **more: object) -> Operation:
    return Operation(name=name, torch=torch, latex=latex, flow=flow, **more)  # type: ignore[arg-type]


def _exp(x: float) -> float:
    return math.exp(x) if x < 700 else math.inf


def _sigmoid(x: float) -> float:
    return 1 / (1 + _exp(-x))


def _square(low: float, high: float) -> tuple[float, float]:
    ends = sorted((low * low, high * high))
    return (0.0 if low <= 0 <= high else ends[0], ends[1])


def _absolute(low: float, high: float) -> tuple[float, float]:
    ends = sorted((abs(low), abs(high)))
    return (0.0 if low <= 0 <= high else ends[0], ends[1])


EXP = Operation(
    name="exp",
    says="the exponential",
    signatures=("s:w -> features s:w", "scores -> scores"),
    torch="exponential($0)",
    latex=r"\exp $0",
    flow=pointwise(lambda low, high: (0.0, _exp(min(high, 30.0))), exponential=True),
    other="2 p w",
)
ELU_ONE = Operation(
    name="elu_one",
    says="elu(x) + 1, which is positive",
    signatures=("s:w -> features s:w",),
    torch="elu($0) + 1",
    latex=r"(\mathrm{elu}($0) + 1)",
    flow=pointwise(lambda low, high: (0.0, high + 1 if high > 0 else _exp(high))),
    other="3 p w",
)
RELU = Operation(
    name="relu",
    says="what is positive, else 0",
    signatures=POSITIVE,
    torch="$0.relu()",
    latex=r"\mathrm{relu}($0)",
    flow=pointwise(lambda low, high: (max(low, 0.0), max(high, 0.0))),
    other="p w",
    laws=frozenset({"idempotent", "nonnegative_identity"}),
)
SQUARE = Operation(
    name="square",
    says="the square",
    signatures=POSITIVE,
    torch="$0.square()",
    latex=r"($0)^{2}",
    flow=pointwise(_square),
    other="p w",
    laws=frozenset({"even"}),
)
ABSOLUTE = Operation(
    name="absolute",
    says="the absolute value",
    signatures=POSITIVE,
    torch="$0.abs()",
    latex=r"\left|$0\right|",
    flow=pointwise(_absolute),
    other="p w",
    laws=frozenset({"idempotent", "even", "nonnegative_identity"}),
)
SIGMOID = Operation(
    name="sigmoid",
    says="the logistic function: a gate",
    signatures=("s:w -> gate s:w", "scores -> scores"),
    torch="$0.sigmoid()",
    latex=r"\sigma($0)",
    flow=pointwise(lambda low, high: (_sigmoid(low), _sigmoid(high))),
    other="3 p w",
)
TANH = Operation(
    name="tanh",
    says="the hyperbolic tangent",
    signatures=TOWARD_ZERO,
    torch="$0.tanh()",
    latex=r"\tanh($0)",
    flow=pointwise(lambda low, high: (math.tanh(low), math.tanh(high))),
    other="p w",
    laws=frozenset({"odd"}),
)
GELU = Operation(
    name="gelu",
    says="x times the share of a normal distribution below x",
    signatures=TOWARD_ZERO,
    torch="gelu($0)",
    latex=r"\mathrm{gelu}($0)",
    flow=pointwise(lambda low, high: (0.0 if low >= 0 else -0.17, max(high, 0.0))),
    other="4 p w",
)
SILU = Operation(
    name="silu",
    says="x times the logistic function of x",
    signatures=TOWARD_ZERO,
    torch="silu($0)",
    latex=r"\mathrm{silu}($0)",
    flow=pointwise(lambda low, high: (0.0 if low >= 0 else -0.2785, max(high, 0.0))),
    other="4 p w",
)
SOFTPLUS = Operation(
    name="softplus",
    says="log(1 + exp x), which is positive",
    signatures=("s:w -> features s:w", "scores -> scores"),
    torch="softplus($0)",
    latex=r"\mathrm{softplus}($0)",
    flow=pointwise(lambda low, high: (0.0, high + 0.6932 if high > 0 else 0.6932)),
    other="3 p w",
)
COS = Operation(
    name="cos",
    says="the cosine",
    signatures=ANY,
    torch="$0.cos()",
    latex=r"\cos($0)",
    flow=pointwise(lambda low, high: (-1.0, 1.0)),
    other="p w",
    laws=frozenset({"even"}),
)
SIN = Operation(
    name="sin",
    says="the sine",
    signatures=TOWARD_ZERO,
    torch="$0.sin()",
    latex=r"\sin($0)",
    flow=pointwise(lambda low, high: (-1.0, 1.0)),
    other="p w",
    laws=frozenset({"odd"}),
)
SCALE = Operation(
    name="scale",
    says="c times",
    signatures=("s:w -> s:w", "map -> map", "scores -> scores"),
    torch="$c * $0",
    latex=r"$c \, $0",
    flow=scaled,
    other="p w",
    constants={"c": Constant(0.5, -100.0, 100.0)},
    laws=frozenset({"homogeneous"}),
)
SHIFT = Operation(
    name="shift",
    says="plus c",
    signatures=ANY,
    torch="$0 + $c",
    latex=r"($0 + $c)",
    flow=shifted,
    other="p w",
    constants={"c": Constant(1.0, -100.0, 100.0)},
)
NEGATE = Operation(
    name="negate",
    says="the negative",
    signatures=("s:w -> s:w", "map -> map", "scores -> scores"),
    torch="-$0",
    latex=r"(-$0)",
    flow=pointwise(lambda low, high: (-high, -low), linear=True),
    other="p w",
    laws=frozenset({"involution", "homogeneous"}),
)
TEMPERATURE = Operation(
    name="temperature",
    says="times the scale of scores, 1 / √d unless the layer has another one",
    signatures=("features s:w -> features s:w", "s:w -> s:w", "map -> map", "scores -> scores"),
    torch="$0 / reading.temperature",
    latex=r"\tfrac{1}{\sqrt{d}} $0",
    flow=pointwise(
        lambda low, high: (0.0 if low >= 0 else -math.inf, 0.0 if high <= 0 else math.inf), linear=True
    ),
    other="p w",
    laws=frozenset({"homogeneous"}),
)
