"""Every static claim of a graph tried on small random inputs: what is proved must not fail there."""

import functools
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor

from regard.discovery.emission.plan import Plan
from regard.discovery.emission.probe import SIZE, drawn, parameters, reading
from regard.discovery.emission.uses import LENGTH, USES, Trial
from regard.discovery.language.facts import PARTS, STREAMS, bits, names
from regard.discovery.language.graph import Graph
from regard.discovery.language.terms import Term
from regard.discovery.language.types import PAIRS

NEAR = 1e-7
"""Relative to the largest number."""
ROUNDING = 1e-14
"""Of a number on the way: a cosine of 10⁹ is known to 10⁻⁷ alone."""


def contradictions(graph: Graph) -> list[str]:
    """What a run shows that the static pass denies, in words; none, if both agree."""
    return list(_contradictions(graph, Plan(graph.output)))


def _contradictions(graph: Graph, plan: Plan) -> Iterator[str]:
    facts, learned = graph.output.facts, parameters(plan)
    streams = drawn(LENGTH)
    held = plan.trace(reading(streams), learned)
    yield from _of_nodes(graph, held)
    mixed = held[-1]
    if not mixed.isfinite().all():
        return
    if tuple(mixed.expand(1, SIZE.h, LENGTH, -1).shape) != (1, SIZE.h, LENGTH, SIZE.e):
        yield f"shape: {tuple(mixed.shape)}"
    yield from _of_dependence(graph, plan, streams)
    apart = functools.partial(_apart, ROUNDING * _largest(held))
    other = drawn(LENGTH, seed=1)
    trial = Trial(functools.partial(plan.run, parameters=learned), streams, other)
    for use in names(facts.honors, PARTS):
        if use in USES:
            yield from apart(use, *USES[use](trial))
    if facts.equivariant:
        order = torch.tensor([3, 0, 6, 2, 5, 1, 4])
        moved = plan.run(reading({name: x[:, :, order] for name, x in streams.items()}), learned)
        yield from apart("equivariant", _whole(mixed)[:, :, order], _whole(moved))
    if facts.linear:
        both = streams | {"v": streams["v"] + other["v"]}
        second = plan.run(reading(streams | {"v": other["v"]}), learned)
        yield from apart("linear", plan.run(reading(both), learned), mixed + second)
        flipped = plan.run(reading(streams | {"v": streams["v"].flip(3)}), learned)
        yield from apart("features alike", flipped, mixed.flip(3))


def _of_nodes(graph: Graph, held: list[Any]) -> Iterator[str]:
    """Bounds and sums of rows, node by node."""
    for node, value in zip(graph.nodes, held, strict=True):
        if not isinstance(value, Tensor) or not value.isfinite().all():
            continue
        slack = NEAR * float(value.abs().amax().clamp_min(1)) if value.numel() else 0.0
        if value.numel() and not node.facts.low - slack <= float(value.min()) <= float(value.max()) <= (
            node.facts.high + slack
        ):
            yield f"bounds of {node!r}: {float(value.min()):g} to {float(value.max()):g}"
        if node.type.kind in PAIRS:
            yield from _of_rows(node, value.sum(-1))


def _of_rows(node: Term, sums: Tensor) -> Iterator[str]:
    if node.facts.rows == "1" and not torch.allclose(sums, torch.ones_like(sums)):
        yield f"rows of {node!r}: a sum is not 1"
    if node.facts.rows == "<=1" and sums.max() > 1 + NEAR:
        yield f"rows of {node!r}: a sum is above 1"


def _of_dependence(graph: Graph, plan: Plan, streams: dict[str, Tensor]) -> Iterator[str]:
    """No gradient where nothing is said to depend."""
    own = {name: x.clone().requires_grad_() for name, x in streams.items()}
    mixed = plan.run(reading(own), parameters(plan))
    if not mixed.requires_grad:
        return
    slopes = torch.autograd.grad(mixed.square().sum(), list(own.values()), allow_unused=True)
    for name, slope in zip(own, slopes, strict=True):
        reaches = slope is not None and bool((slope != 0).any())
        if name in STREAMS and reaches and not graph.output.facts.reads & bits(name):
            yield f"dependence: {name} reaches the output"


def _largest(held: list[Any]) -> float:
    """The largest finite number among all nodes."""
    values = [value.nan_to_num(0, 0, 0).abs().amax() for value in held if isinstance(value, Tensor)]
    return max(map(float, values))


def _whole(mixed: Tensor) -> Tensor:
    return mixed.expand(1, SIZE.h, LENGTH, -1)


def _apart(rounding: float, claim: str, one: Tensor, other: Tensor) -> Iterator[str]:
    if not (one.isfinite().all() and other.isfinite().all()):
        return
    if float((one - other).abs().amax()) > max(rounding, NEAR * float(one.abs().amax().clamp_min(1))):
        yield f"{claim}: differs by {float((one - other).abs().amax()):.1e}"
