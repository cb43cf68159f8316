"""What a cost may be."""

import pytest

from regard.attention import Cost
from regard.core.errors import InvalidOption


@pytest.mark.parametrize("number", [1.5, 4.0, -1, "3"])
def test_a_cost_counts_in_whole_numbers(number):
    with pytest.raises(InvalidOption, match="matmul_flops must be a whole number"):
        Cost(matmul_flops=number, state_numbers=0)


def test_all_operations_are_those_of_products_and_the_others():
    assert Cost(matmul_flops=3, other_flops=4, state_numbers=0).flops == 7
