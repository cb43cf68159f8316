"""Causal reading of one sequence by another, where their lengths are near to one another."""

from collections.abc import Iterator
from dataclasses import replace
from typing import final

import torch
from torch import Tensor

from regard.attention.checking.inputs import between, draw, first, of_side
from regard.attention.checking.law import MechanismLaw
from regard.attention.checking.masks import paddings
from regard.attention.checking.subject import MechanismSubject
from regard.attention.mask import Mask
from regard.attention.mechanism import Mechanism
from regard.attention.streams import Streams
from regard.laws import Case
from regard.laws.figures import change
from regard.laws.trying import trying

STARTS = (0, 1, 5)
"""Where the first query stands, for what declares a start."""


@final
class CausalCross(MechanismLaw):
    """Causal, a query reads the keys up to its own position, however many queries and keys there are."""

    needs = ("causal", "cross")

    def measure(self, subject: MechanismSubject) -> Iterator[Case]:
        longest = max(max(lengths) for lengths in subject.depth.crossings) + max(STARTS)
        mechanism = subject.build(subject.size(longest))
        inputs = draw(mechanism, n=longest)
        masks = {"causal": Mask(causal=True)}
        if subject.traits.padding:
            keys = paddings(2, longest)["scattered"]
            masks["causal and keys"] = Mask(causal=True, keys=keys)
        for n, m in subject.depth.crossings:
            for start in STARTS if subject.traits.start else (0,):
                for name, mask in masks.items():
                    where = f"n = {n}, m = {m}, from {start} on, {name}"
                    with trying(where):
                        yield where, _apart(mechanism, inputs, mask, (n, m, start))


def _apart(mechanism: Mechanism, inputs: Streams[Tensor], mask: Mask, shape: tuple[int, int, int]) -> float:
    """How far n queries over m keys are from what they read among as many keys as queries.

    Behind the last key a query reads all keys, as if nothing were causal.
    """
    n, m, start = shape
    mixed = _read(mechanism, inputs, replace(mask, start=start), (start, start + n, m))
    among = min(start + n, m)
    square = _read(mechanism, inputs, mask, (0, among, among))[:, :, start:]
    traits, within = mechanism.traits, square.shape[2]
    if start + n <= m or not (traits.start or traits.equivariant):
        # without a start nothing says where a query behind the last key would stand
        return change(mixed[:, :, :within], square)
    first_behind = max(m, start)
    free = replace(mask, causal=False, start=first_behind if traits.start else 0)
    behind = _read(mechanism, inputs, free, (first_behind, start + n, m))
    return change(mixed, torch.cat([square, behind], 2))


def _read(mechanism: Mechanism, inputs: Streams[Tensor], mask: Mask, span: tuple[int, int, int]) -> Tensor:
    """What the queries from a first up to a last one read from the first m keys."""
    start, stop, m = span
    queries = of_side(mechanism, between(inputs, start, stop), "queries")
    keys = None if mask.keys is None else mask.keys[:, :m]
    return mechanism(first(inputs, m).replace(**queries), replace(mask, keys=keys))
