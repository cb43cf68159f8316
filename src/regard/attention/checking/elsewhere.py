"""A device without numbers, on which a tensor that was made in the wrong place stands out, without a GPU."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, replace
from typing import Any, final

import torch
from torch import Tensor
from torch.utils import _pytree as pytree
from torch.utils._python_dispatch import TorchDispatchMode

from regard.attention.bias import Bias
from regard.attention.mask import Mask

ELSEWHERE = torch.device("meta")

INDEXING = (torch.ops.aten.index.Tensor, torch.ops.aten.index_put.default, torch.ops.aten.index_put_.default)
"""Operations whose numbers of positions may lie on the CPU: a GPU takes them from there as well."""


class OtherDevice(RuntimeError):
    """An operation takes tensors of two devices, which a GPU refuses."""


class NeedsNumbers(RuntimeError):
    """An operation needs the numbers in a tensor, for instance to decide what comes next."""


@final
class OneDevice(TorchDispatchMode):  # type: ignore[no-untyped-call]  # torch leaves it untyped
    """Within it an operation on tensors of two devices raises `OtherDevice`, where torch lets some pass; and
    one whose result depends on numbers that are not there raises `NeedsNumbers`.

    A single number may lie anywhere.
    """

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # torch leaves it untyped

    def __torch_dispatch__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        """Run the operation if all its tensors lie on one device."""
        leaves = pytree.tree_leaves((args, kwargs))
        devices = {str(leaf.device) for leaf in leaves if isinstance(leaf, Tensor) and leaf.dim()}
        if len(devices) > 1 and func not in INDEXING:
            raise OtherDevice(f"{func} takes tensors of the devices {' and '.join(sorted(devices))}")
        if func is torch.ops.aten._local_scalar_dense.default and args[0].device == ELSEWHERE:
            raise NeedsNumbers(str(func))
        try:
            return func(*args, **(kwargs or {}))
        except NotImplementedError as error:
            raise NeedsNumbers(str(func)) from error


def moved(mask: Mask) -> Mask:
    """The same mask on the device without numbers."""
    return replace(mask, **_moved(mask), bias=replace(mask.bias, **_moved(mask.bias)))


def _moved(holder: Mask | Bias) -> dict[str, Any]:
    tensors = {field.name: getattr(holder, field.name) for field in fields(holder)}
    return {name: each.to(ELSEWHERE) for name, each in tensors.items() if isinstance(each, Tensor)}
