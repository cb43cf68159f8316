import pytest
from row_by_row import SIZE, collecting, counted_matmul_flops, drawn, exponential, masks, read_by_row, under
from torch.autograd import grad
from torch.testing import assert_close

from regard.attention import Mask, Size
from regard.attention.checking.largest_tensor import LargestTensor
from regard.core.errors import InvalidOption
from regard.mechanisms.softmax import Softmax
from regard.mechanisms.strided import Strided

PARTS = "causal", "keys", "window", "segments", "slopes", "table"


def by_loops(streams, mask, stride):
    return read_by_row(
        streams, mask, exponential, lambda i, j: abs(i - j) <= stride or abs(i - j) % stride == 0
    )


@pytest.mark.parametrize("n", [1, 7, 12, 14])
@pytest.mark.parametrize("stride", [1, 2, 3, 4, 20])
@under(*PARTS)
def test_it_is_softmax_over_the_near_keys_and_every_lth_beyond(part, stride, n):
    streams, mask, strided = drawn(n), masks(*PARTS, n=n)[part], Strided(SIZE, stride=stride)

    mixed = strided(streams, mask)

    assert_close(mixed, by_loops(streams, mask, stride))
    assert_close(strided.weights(streams, mask) @ streams.v, mixed)


def test_gradients_are_those_of_the_dense_matrix():
    streams, strided, mask = collecting(drawn(13)), Strided(SIZE, stride=3), masks(*PARTS, n=13)["all"]

    fast = grad(strided(streams, mask).square().sum(), [*streams])

    assert_close(fast, grad((strided.weights(streams, mask) @ streams.v).square().sum(), [*streams]))


def test_the_stride_is_the_root_of_the_longest_length():
    assert Strided(SIZE).stride == 4
    assert Strided(Size(heads=2, key_features=5, value_features=3, length=17)).stride == 5


def test_from_a_stride_of_the_whole_length_on_it_is_softmax_attention():
    streams, mask = drawn(9), masks(*PARTS, n=9)["all"]

    assert_close(Strided(SIZE, stride=9)(streams, mask), Softmax(SIZE)(streams, mask))


def test_memory_grows_with_the_root_of_the_length_for_each_query():
    with LargestTensor() as recorder:
        Strided(SIZE, stride=24)(drawn(576))

    # 2 examples, 2 heads, three chunks of the band and one row
    assert recorder.numbers <= 2 * 2 * 576 * 4 * 25


@pytest.mark.parametrize("mask", [Mask(), Mask(causal=True), Mask(window=3)], ids=["all", "causal", "window"])
@pytest.mark.parametrize(("stride", "n"), [(1, 5), (3, 13), (10, 100), (40, 11)])
def test_the_formula_counts_the_products_that_torch_counts(stride, n, mask):
    strided = Strided(SIZE, stride=stride)

    assert strided.cost(n, n, mask).matmul_flops == counted_matmul_flops(strided, n, n, mask)


def test_a_stride_of_0_is_refused():
    with pytest.raises(InvalidOption, match="strided: stride must be at least 1, not 0"):
        Strided(SIZE, stride=0)
