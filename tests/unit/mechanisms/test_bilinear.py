import pytest
import torch
from row_by_row import (
    EVERY_PART,
    SIZE,
    counted_matmul_flops,
    drawn,
    exponential,
    masks,
    read_by_row,
    under,
)
from torch.testing import assert_close

from regard.attention import Mask
from regard.mechanisms.bilinear import Bilinear
from regard.mechanisms.softmax import Softmax


def build():
    torch.manual_seed(0)
    bilinear = Bilinear(SIZE).double()
    torch.nn.init.normal_(bilinear.between)
    return bilinear


@pytest.mark.parametrize("m", [9, 12])
@under(*EVERY_PART)
@torch.no_grad()
def test_a_matrix_stands_between_queries_and_keys(part, m):
    bilinear, streams, mask = build(), drawn(9, m), masks(*EVERY_PART, n=9, m=m)[part]
    between = torch.einsum("bhmd,hcd->bhmc", streams.k, bilinear.between)

    expected = read_by_row(streams.replace(k=between), mask, exponential)

    assert_close(bilinear(streams, mask), expected)
    assert_close(bilinear.weights(streams, mask) @ streams.v, expected)


def test_it_starts_as_softmax():
    streams = drawn(9)

    assert_close(Bilinear(SIZE).double()(streams, Mask()), Softmax(SIZE)(streams, Mask()))


def test_each_head_learns_a_matrix_of_its_own():
    bilinear = build()

    bilinear(drawn(5), Mask())[:, 1].sum().backward()

    assert not bilinear.between.grad[0].any()
    assert bilinear.between.grad[1].any()


def test_the_product_with_the_matrix_is_in_the_formula():
    assert Bilinear(SIZE).cost(9, 12).matmul_flops == counted_matmul_flops(Bilinear(SIZE), 9, 12)
