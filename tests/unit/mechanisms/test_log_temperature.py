import math

import pytest
import torch
from row_by_row import EVERY_PART, SIZE, drawn, exponential, masks, read_by_row
from torch.testing import assert_close

from regard.attention import Mask
from regard.mechanisms.log_temperature import LogTemperature


def build(factor=0.7):
    mechanism = LogTemperature(SIZE)
    torch.nn.init.constant_(mechanism.factor, factor)
    return mechanism.double()


def sharpened(scores):
    return exponential(0.7 * math.log(len(scores)) * scores)


@pytest.mark.parametrize("m", [9, 12])
@pytest.mark.parametrize("part", ["no mask", "causal", "keys", "edges", "window", "segments", "start"])
def test_scores_grow_with_the_log_of_the_readable_keys(part, m):
    streams, mask = drawn(9, m), masks(*EVERY_PART, n=9, m=m)[part]

    assert_close(build()(streams, mask), read_by_row(streams, mask, sharpened), atol=1e-6, rtol=1e-6)


def test_at_the_longest_length_it_starts_as_softmax():
    streams = drawn(SIZE.length)

    assert_close(
        LogTemperature(SIZE).double()(streams, Mask()),
        read_by_row(streams, Mask(), exponential),
        atol=1e-6,
        rtol=1e-6,
    )


def test_padding_counts_for_nothing():
    streams, keys = drawn(9), torch.arange(9).expand(2, 9) < 6
    short = streams.map(lambda each: each[:, :, :6])

    assert_close(build()(streams, Mask(keys=keys))[:, :, :6], build()(short, Mask()))
