"""One bias, given in several ways."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import pairwise
from typing import final

import torch
from jaxtyping import Int64
from torch import Tensor

from regard.attention.bias import Bias
from regard.attention.checking.gradients import gradient
from regard.attention.checking.inputs import draw
from regard.attention.checking.law import MechanismLaw
from regard.attention.checking.masks import each_part
from regard.attention.checking.subject import MechanismSubject
from regard.attention.mask import Mask
from regard.attention.mask_parts import MASK_PARTS
from regard.attention.mechanism import Mechanism
from regard.attention.streams import Streams
from regard.attention.traits import Traits
from regard.core.randomness import generator_of
from regard.laws import Case
from regard.laws.figures import change

B = 2
HEADS = 3
N = 12

Ways = Mapping[str, Callable[[Tensor], Bias]]
"""By how a bias is given: from numbers to equal biases."""


@final
class BiasesAgree(MechanismLaw):
    """A bias is the same however it is given, as slopes, table or dense, once or for each head; so it learns.

    Wherever the queries stand among the keys, and under every other part of a mask.
    """

    def exempt(self, subject: MechanismSubject) -> str | None:
        traits = subject.traits
        return None if traits.slopes or traits.table or traits.dense else "declares no bias"

    def measure(self, subject: MechanismSubject) -> Iterator[Case]:
        mechanism = subject.build(subject.size(N, heads=HEADS))
        for n, m, start in _places(mechanism.traits):
            inputs = draw(mechanism, b=B, n=n, m=m)
            for what, (numbers, ways) in _biases(Mask(start=start).offsets(n, m)).items():
                for name, mask in _masks(mechanism, n, m).items():
                    where = f"{what}, {name}, n = {n}, m = {m}, from {start} on"
                    for how, figure in _apart(mechanism, inputs, replace(mask, start=start), numbers, ways):
                        yield f"{how}, {where}", figure


def _apart(
    mechanism: Mechanism, inputs: Streams[Tensor], mask: Mask, numbers: Tensor, ways: Ways
) -> Iterator[Case]:
    """How far what is mixed, and what the numbers learn, differs between the ways that are declared."""
    results = {}
    for way, made in ways.items():
        biased = replace(mask, bias=made(numbers))
        if all(getattr(mechanism.traits, MASK_PARTS[part].trait) for part in biased.parts):
            mixed = mechanism(inputs, biased)
            results[way] = (mixed, gradient(mixed, numbers))
    for one, other in pairwise(results):
        (output, slope), (expected, expected_slope) = results[other], results[one]
        yield f"{one} and {other}", change(output, expected)
        yield f"{one} and {other}, gradient", change(slope, expected_slope)


def _places(traits: Traits) -> list[tuple[int, int, int]]:
    """Numbers of queries and keys, and where the first query stands among the keys."""
    crossing = [(5, N, 0), (N, 5, 0)] if traits.cross else []
    return [(N, N, 0), *crossing, *([(5, N, 4)] if traits.cross and traits.start else [])]


def _masks(mechanism: Mechanism, n: int, m: int) -> dict[str, Mask]:
    """No mask, and each declared part that hides."""
    hiding = {
        name: mask
        for name, mask in each_part(mechanism.size, B, n, m).items()
        if mask.allowed(n, m) is not None and getattr(mechanism.traits, MASK_PARTS[name].trait)
    }
    return {"no mask": Mask()} | hiding


def _biases(offset: Int64[Tensor, "n m"]) -> dict[str, tuple[Tensor, Ways]]:
    """By name: numbers that learn, and the ways to make a bias of them."""
    source = generator_of(0, "conformance", "biases_agree")
    slopes = torch.tensor([0.0, 0.3, 1.1], dtype=torch.float64)
    table = torch.randn(HEADS, 2 * N - 1, generator=source, dtype=torch.float64)
    distances = torch.arange(1 - N, N).abs()

    def each_offset(slopes: Tensor) -> Tensor:
        return -slopes[:, None] * distances

    def each_pair(table: Tensor) -> Tensor:
        return table[:, offset + N - 1]

    def for_heads(once: Tensor) -> Tensor:
        return once.expand(HEADS, *once.shape[1:])

    ways: dict[str, tuple[Tensor, Ways]] = {
        "slopes": (
            slopes,
            {
                "slopes": lambda given: Bias(slopes=given),
                "a table": lambda given: Bias(table=each_offset(given)),
                "a dense bias": lambda given: Bias(dense=each_pair(each_offset(given))),
            },
        ),
        "a table": (
            table,
            {
                "a table": lambda given: Bias(table=given),
                "a dense bias": lambda given: Bias(dense=each_pair(given)),
            },
        ),
        "one slope": (
            slopes[1:2],
            {
                "for each head": lambda given: Bias(slopes=for_heads(given)),
                "once": lambda given: Bias(slopes=given),
            },
        ),
        "one row of a table": (
            table[:1],
            {
                "for each head": lambda given: Bias(table=for_heads(given)),
                "once": lambda given: Bias(table=given),
            },
        ),
        "one matrix": (
            each_pair(table[:1]),
            {
                "for each head": lambda given: Bias(dense=for_heads(given)),
                "once": lambda given: Bias(dense=given),
                "once for all examples": lambda given: Bias(dense=given.unsqueeze(0)),
                "for each example": lambda given: Bias(dense=given.expand(B, 1, -1, -1)),
                "for each example and head": lambda given: Bias(dense=given.expand(B, HEADS, -1, -1)),
            },
        ),
    }
    return {what: (numbers.clone().requires_grad_(), made) for what, (numbers, made) in ways.items()}
