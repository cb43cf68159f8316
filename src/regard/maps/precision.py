"""Half precision as float32: maps are found in no less."""

from typing import Any

import torch
from torch import Tensor
from torch.utils import _pytree as pytree

HALVES = (torch.float16, torch.bfloat16)


def single(given: Any) -> Any:
    """The same with tensors of half precision as float32, inside tuples, lists and mappings too."""
    return pytree.tree_map_only(Tensor, _single, given)


def _single(x: Tensor) -> Tensor:
    return x.float() if x.dtype in HALVES else x
