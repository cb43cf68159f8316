"""One table holds the parts of a mask: what reads it must find every part, and every part must be in it."""

import dataclasses

import pytest
import torch

from regard.attention import Bias, Mask, Traits
from regard.attention.mask_parts import MASK_PARTS

SET = {
    "causal": True,
    "keys": torch.ones(1, 3, dtype=torch.bool),
    "edges": torch.ones(1, 3, 3, dtype=torch.bool),
    "window": 2,
    "segments": torch.zeros(1, 3, dtype=torch.int64),
    "start": 1,
}
OF_BIAS = {"slopes": torch.ones(2), "table": torch.ones(2, 3), "dense": torch.ones(2, 3, 3)}


def test_the_table_names_every_field_of_a_mask_and_of_a_bias_and_no_other():
    of_mask = {field.name for field in dataclasses.fields(Mask)} - {"bias"}
    of_bias = {field.name for field in dataclasses.fields(Bias)}

    assert set(MASK_PARTS) == of_mask | of_bias


def test_each_part_is_declared_by_a_trait_of_its_own():
    traits = [part.trait for part in MASK_PARTS.values()]

    assert set(traits) <= {field.name for field in dataclasses.fields(Traits)}
    assert len(set(traits)) == len(traits)
    assert all(part.meaning for part in MASK_PARTS.values())


@pytest.mark.parametrize("part", MASK_PARTS)
def test_a_mask_names_each_part_that_is_set(part):
    mask = Mask(**{part: SET[part]}) if part in SET else Mask(bias=Bias(**{part: OF_BIAS[part]}))

    assert mask.parts == (part,)


def test_a_mask_names_its_parts_in_the_order_of_the_table():
    assert Mask(**SET, bias=Bias(**OF_BIAS)).parts == tuple(MASK_PARTS)
