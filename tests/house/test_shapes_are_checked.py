"""The annotated shapes are executed in the tests."""

import pytest
import torch
from jaxtyping import TypeCheckError

from regard.attention.kernels.chunks import in_chunks
from regard.attention.size import Size


def test_a_wrong_shape_is_refused_and_what_has_no_shapes_is_not_looked_at():
    with pytest.raises(TypeCheckError):
        in_chunks(torch.zeros(2, 3), 1, 3)

    assert hasattr(in_chunks, "__wrapped__")
    assert not hasattr(Size.__init__, "__wrapped__")
