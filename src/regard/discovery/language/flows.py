"""Flow rules: from what is known of a node's inputs to what is known of the node.

A rule is made once for an operation, by the functions below, and is a part of its entry in the table.
"""

import math
from collections.abc import Callable, Mapping
from typing import Any

from regard.discovery.language.facts import EVERYWHERE, OWN, READABLE, Facts, bits, joined

Constants = Mapping[str, Any]
Flow = Callable[[tuple[Facts, ...], Constants], Facts]
Bounds = Callable[[float, float], tuple[float, float]]
"""From the bounds of a number to those of a function of it."""

UNKNOWN: Bounds = lambda low, high: (-math.inf, math.inf)  # noqa: E731 - a value of a table


def source(name: str) -> Flow:
    """A stream: its own content at its own position."""
    facts = Facts(content=bits(name), reach=OWN, linear=name == "v")
    return lambda _, __: facts


def constant(low: float, high: float, **more: Any) -> Flow:
    """Numbers that no stream decides."""
    facts = Facts(low=low, high=high, **more)
    return lambda _, __: facts


def placed(low: float, high: float, **more: Any) -> Flow:
    """Numbers for each pair that depend on where the two positions are."""
    facts = Facts(selection=bits("places"), equivariant=False, low=low, high=high, **more)
    return lambda _, __: facts


def pointwise(bounds: Bounds = UNKNOWN, *, linear: bool = False, exponential: bool = False) -> Flow:
    """A function of each number. linear: it is a multiple of it."""

    def flow(inputs: tuple[Facts, ...], _: Constants) -> Facts:
        (x,) = inputs
        low, high = bounds(x.low, x.high)
        return x._replace(
            low=low,
            high=high,
            rows="",
            linear=linear and x.linear,
            stabilized=x.stabilized and not (exponential and x.high == math.inf),
        )

    return flow


def scaled(inputs: tuple[Facts, ...], constants: Constants) -> Facts:
    """A multiple of each number."""
    (x,), c = inputs, constants["c"]
    low, high = sorted((_product(c, x.low), _product(c, x.high)))
    return x._replace(low=low, high=high, rows="1" if c == 1 and x.rows == "1" else "")


def shifted(inputs: tuple[Facts, ...], constants: Constants) -> Facts:
    """Each number and a constant."""
    (x,), c = inputs, constants["c"]
    return x._replace(low=x.low + c, high=x.high + c, rows="", linear=False)


def widened(**more: Any) -> Flow:
    """A function of all features at a position, which need not keep them apart."""

    def flow(inputs: tuple[Facts, ...], _: Constants) -> Facts:
        return joined(inputs)._replace(**more)

    return flow


def normalized(bound: float, *, learned: bool = False) -> Flow:
    """A position's features brought to one size: none exceeds the bound."""

    def flow(inputs: tuple[Facts, ...], _: Constants) -> Facts:
        (x,) = inputs
        at_least = 0.0 if x.low >= 0 and bound == 1 else -bound
        return joined(inputs)._replace(low=at_least, high=bound, learned=learned or x.learned)

    return flow


def added(inputs: tuple[Facts, ...], _: Constants) -> Facts:
    """The sum of two."""
    x, y = inputs
    linear = x.linear and y.linear
    return joined(inputs)._replace(low=x.low + y.low, high=x.high + y.high, linear=linear)


def subtracted(inputs: tuple[Facts, ...], _: Constants) -> Facts:
    """The difference of two."""
    x, y = inputs
    linear = x.linear and y.linear
    return joined(inputs)._replace(low=x.low - y.high, high=x.high - y.low, linear=linear)


def multiplied(inputs: tuple[Facts, ...], _: Constants) -> Facts:
    """The product of two, number by number: what is bounded gates the other."""
    x, y = inputs
    corners = [_product(a, b) for a in (x.low, x.high) for b in (y.low, y.high)]
    return joined(inputs)._replace(low=min(corners), high=max(corners))


def gated(inputs: tuple[Facts, ...], _: Constants) -> Facts:
    """The product of tokens with one number per position, or with a gate."""
    x, y = inputs
    corners = [_product(a, b) for a in (x.low, x.high) for b in (y.low, y.high)]
    linear = x.linear and not y.reads & bits("v")
    return joined(inputs)._replace(
        content=x.content,
        mixed=x.mixed,
        gating=x.gating | y.reads,
        selection=x.selection,
        low=min(corners),
        high=max(corners),
        linear=linear,
    )


def divided(inputs: tuple[Facts, ...], _: Constants) -> Facts:
    """Tokens over a mass for each position."""
    x, y = inputs
    facts = joined(inputs)
    low = 0.0 if x.low >= 0 else -math.inf
    return facts._replace(
        content=x.content, mixed=x.mixed, low=low, linear=x.linear and not y.reads & bits("v")
    )


def scored(*, without: int = 0, learned: bool = False, fixed: bool = False, placed: bool = False) -> Flow:
    """Scores of pairs: what tokens hold becomes a choice of positions."""

    def flow(inputs: tuple[Facts, ...], _: Constants) -> Facts:
        facts = joined(inputs)
        sign = all(each.low >= 0 for each in inputs) and not learned and len(inputs) == 2
        return facts._replace(
            content=0,
            mixed=0,
            selection=facts.reads | (bits("places") if placed else 0),
            gating=0,
            honors=facts.honors & ~without,
            equivariant=facts.equivariant and not placed,
            learned=learned or facts.learned,
            fixed_length=fixed or facts.fixed_length,
            low=0.0 if sign else -math.inf,
        )

    return flow


def weighed(low: float, high: float, rows: str, *, without: int = 0, **more: Any) -> Flow:
    """Scores to a map: each query weighs what the mask lets it read."""

    def flow(inputs: tuple[Facts, ...], _: Constants) -> Facts:
        facts = joined(inputs)
        return facts._replace(
            reach=max(facts.reach, READABLE),
            honors=facts.honors & ~without,
            low=low,
            high=high,
            rows=rows,
            **more,
        )

    return flow


def kept(without: int) -> Flow:
    """Scores to a map by hiding alone: bounds stay, but 0 is among the numbers."""

    def flow(inputs: tuple[Facts, ...], _: Constants) -> Facts:
        (x,) = inputs
        return x._replace(
            reach=max(x.reach, READABLE),
            honors=x.honors & ~without,
            rows="",
        )

    return flow


def rows_shared(inputs: tuple[Facts, ...], _: Constants) -> Facts:
    """A map whose rows are divided by their sums: shares, where none is negative."""
    (x,) = inputs
    if x.low >= 0:
        return x._replace(low=0.0, high=1.0, rows="1" if x.rows == "1" else "<=1")
    return x._replace(low=-math.inf, high=math.inf, rows="")


def across(without: int) -> Flow:
    """Weights normalized over the queries: later ones reach earlier ones."""

    def flow(inputs: tuple[Facts, ...], _: Constants) -> Facts:
        facts = joined(inputs)
        return facts._replace(reach=EVERYWHERE, honors=facts.honors & ~without, low=0.0, high=1.0)

    return flow


def mixed(inputs: tuple[Facts, ...], _: Constants) -> Facts:
    """A map times tokens of the keys."""
    a, v = inputs
    facts = joined(inputs)
    low = high = math.inf
    if a.low >= 0 and a.rows in ("1", "<=1"):
        # a mean, or one with a share of nothing
        low, high = min(v.low, 0.0), max(v.high, 0.0)
    else:
        low = 0.0 if a.low >= 0 and v.low >= 0 else -math.inf
    return facts._replace(
        content=v.content,
        mixed=v.content | v.mixed,
        selection=facts.selection | a.reads,
        gating=v.gating,
        reach=max(facts.reach, READABLE),
        low=low,
        high=high,
        linear=v.linear and not a.reads & bits("v"),
    )


def written(without: int, *, orders: bool = False) -> Flow:
    """Keys and what is written at them, as a memory. orders: later writes change what earlier ones left."""

    def flow(inputs: tuple[Facts, ...], _: Constants) -> Facts:
        facts, (key, value, *strength) = joined(inputs), inputs
        selection = facts.selection | key.reads
        for each in strength:
            selection |= each.reads
        signs = key.low >= 0 and value.low >= 0 and not orders
        return facts._replace(
            content=value.content,
            mixed=value.mixed,
            gating=value.gating,
            selection=selection | (bits("places") if orders else 0),
            honors=facts.honors & ~without,
            equivariant=facts.equivariant and not orders,
            low=0.0 if signs else -math.inf,
            linear=value.linear and not selection & bits("v"),
        )

    return flow


def faded(without: int) -> Flow:
    """A memory that fades from position to position."""

    def flow(inputs: tuple[Facts, ...], _: Constants) -> Facts:
        state, *decays = inputs
        facts = joined(inputs)
        selection = facts.selection | bits("places")
        for each in decays:
            selection |= each.reads
        return facts._replace(
            content=state.content,
            mixed=state.mixed,
            gating=state.gating,
            selection=selection,
            honors=facts.honors & ~without,
            equivariant=False,
            low=state.low,
            linear=state.linear and not selection & bits("v"),
        )

    return flow


def read(inputs: tuple[Facts, ...], _: Constants) -> Facts:
    """What queries find in a memory."""
    q, state = inputs
    facts = joined(inputs)
    return facts._replace(
        content=state.content,
        mixed=state.content | state.mixed,
        selection=facts.selection | q.reads,
        gating=state.gating,
        reach=max(facts.reach, READABLE),
        low=0.0 if q.low >= 0 and state.low >= 0 else -math.inf,
        linear=state.linear and not q.reads & bits("v"),
    )


def gathered(without: int, *, placed: bool = False) -> Flow:
    """A sum over positions that content does not choose."""

    def flow(inputs: tuple[Facts, ...], _: Constants) -> Facts:
        (x,) = inputs
        return x._replace(
            mixed=x.content | x.mixed,
            reach=max(x.reach, READABLE),
            honors=x.honors & ~without,
            selection=x.selection | (bits("places") if placed else 0),
            equivariant=x.equivariant and not placed,
            low=0.0 if x.low >= 0 else -math.inf,
            high=math.inf,
            rows="",
        )

    return flow


def spread(without: int, *, learned: bool = False, everywhere: bool = False) -> Flow:
    """A mix of neighbors, or of all positions, by where they are: feature by feature."""

    def flow(inputs: tuple[Facts, ...], _: Constants) -> Facts:
        (x,) = inputs
        return joined(inputs)._replace(
            mixed=x.content | x.mixed,
            selection=x.selection | bits("places"),
            reach=EVERYWHERE if everywhere else max(x.reach, READABLE),
            honors=x.honors & ~without,
            equivariant=False,
            learned=learned or x.learned,
        )

    return flow


def moved(without: int) -> Flow:
    """The same numbers at another place."""

    def flow(inputs: tuple[Facts, ...], _: Constants) -> Facts:
        (x,) = inputs
        return x._replace(honors=x.honors & ~without)

    return flow


def turned(inputs: tuple[Facts, ...], _: Constants) -> Facts:
    """Each position's numbers times one that depends on its place alone, from 0 to 1."""
    (x,) = inputs
    return x._replace(
        gating=x.gating | bits("places"),
        low=min(x.low, 0.0),
        high=max(x.high, 0.0),
        equivariant=False,
        fixed_length=True,
    )


def _product(a: float, b: float) -> float:
    return 0.0 if a == 0 or b == 0 else a * b
