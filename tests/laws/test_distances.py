"""No two names of the catalog stand for one function."""

from itertools import combinations

import pytest
import torch

from regard.attention import Grid, Mask, Size
from regard.attention.checking.inputs import draw
from regard.attention.laws import MechanismSubject
from regard.mechanisms import MECHANISMS

LENGTH = 90
SIZE = Size(heads=2, key_features=8, value_features=6, length=LENGTH, grid=Grid(9, 10))

CASES = [(causal, scale) for causal in (True, False) for scale in (1, 8)]
"""Masks and loudnesses: weights that are nearly equal hide how they came about."""

APART = 0.01
"""The relative distance that two outputs must have in some case that both take."""


def mixed(name):
    """By case, what a mechanism makes of streams that depend on their names alone."""
    mechanism = MechanismSubject(MECHANISMS.find(name), find=MECHANISMS.find).build(SIZE)
    streams, found = draw(mechanism, n=LENGTH), {}
    for causal, scale in CASES:
        if mechanism.traits.causal or not causal:
            louder = {each: scale * getattr(streams, each) for each in ("q", "k") if each in streams}
            found[causal, scale] = mechanism(streams.replace(**louder), Mask(causal=causal)).detach()
    return found


@pytest.fixture(scope="module")
def outputs():
    # a program is softmax until a graph is given
    return {name: mixed(name) for name in MECHANISMS.names() if name != "program"}


def distance(one, other):
    """The largest over all cases."""
    return max(
        (torch.dist(each, other[case]) / torch.maximum(each.norm(), other[case].norm())).item()
        for case, each in one.items()
        if case in other
    )


def alike(outputs):
    pairs = combinations(outputs, 2)
    return [(one, other) for one, other in pairs if distance(outputs[one], outputs[other]) < APART]


def test_every_two_names_are_two_functions(outputs):
    assert alike(outputs) == []


def test_one_function_under_two_names_is_seen(outputs):
    assert alike(outputs | {"attend": outputs["softmax"]}) == [("softmax", "attend")]
