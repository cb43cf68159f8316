"""Flow rules: from what is known of a node's inputs to what is known of the node.

A rule is made once for an operation, by the functions below, and is a part of its entry in the table.
"""

import math
from collections.abc import Callable, Mapping
from typing import Any

from regard.discovery.language.facts import EVERYWHERE, OWN, PLACES, READABLE, Facts, V, bits, joined

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
    facts = Facts(selection=PLACES, equivariant=False, low=low, high=high, **more)
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
    linear = x.linear and not y.reads & V
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
        content=x.content,
        mixed=x.mixed,
        gating=x.gating | y.reads,
        low=low,
        linear=x.linear and not y.reads & V,
    )


def scored(*, without: int = 0, learned: bool = False, fixed: bool = False, placed: bool = False) -> Flow:
    """Scores of pairs: what tokens hold becomes a choice of positions."""

    def flow(inputs: tuple[Facts, ...], _: Constants) -> Facts:
        facts = joined(inputs)
        sign = all(each.low >= 0 for each in inputs) and not learned and len(inputs) == 2
        return facts._replace(
            content=0,
            mixed=0,
            selection=facts.reads | (PLACES if placed else 0),
            gating=0,
            honors=facts.honors & ~without,
            equivariant=facts.equivariant and not placed,
            learned=learned or facts.learned,
            fixed_length=fixed or facts.fixed_length,
            low=0.0 if sign else -math.inf,
        )

    return flow


def weighed(
    low: float, high: float, rows: str, *, without: int = 0, chooses: bool = False, **more: Any
) -> Flow:
    """Scores to a map: each query weighs what the mask lets it read.

    A score of 0 weighs something: keys are left unread where this rule chooses, or scores were taken out.
    """

    def flow(inputs: tuple[Facts, ...], _: Constants) -> Facts:
        facts = joined(inputs)
        return facts._replace(
            reach=max(facts.reach, READABLE),
            honors=facts.honors & ~without,
            low=low,
            high=high,
            rows=rows,
            chooses=(chooses or facts.takes_out) and facts.by_content,
            **({"takes_out": False} | more),
        )

    return flow


def rectified(inputs: tuple[Facts, ...], constants: Constants) -> Facts:
    """Scores to a map by what is positive of them: nothing is, where all are known to be negative."""
    (x,) = inputs
    facts = _positive_part(inputs, constants)
    chooses = facts.chooses if x.low < 0 else x.takes_out and x.by_content
    return facts._replace(low=max(x.low, 0.0), high=max(x.high, 0.0), chooses=chooses)


_positive_part = weighed(0.0, math.inf, "", chooses=True)


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


def across(without: int, *, positive: bool = False) -> Flow:
    """Weights normalized over the queries: later ones reach earlier ones. positive: none of them is 0."""

    def flow(inputs: tuple[Facts, ...], _: Constants) -> Facts:
        facts = joined(inputs)
        chooses = facts.takes_out and facts.by_content if positive else facts.chooses
        return facts._replace(
            reach=EVERYWHERE, honors=facts.honors & ~without, low=0.0, high=1.0, chooses=chooses
        )

    return flow


def _product(a: float, b: float) -> float:
    return 0.0 if a == 0 or b == 0 else a * b
