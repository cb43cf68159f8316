"""A device without numbers, on which a tensor that was made in the wrong place stands out, without a GPU."""

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any, final

import torch
from torch import Tensor

from regard.attention.bias import Bias
from regard.attention.mask import Mask
from regard.attention.operators import OperatorMode, tensors_in

ELSEWHERE = torch.device("meta")

INDEXING = (torch.ops.aten.index.Tensor, torch.ops.aten.index_put.default, torch.ops.aten.index_put_.default)
"""Operations whose numbers of positions may lie on the CPU: a GPU takes them from there as well."""


class OtherDevice(RuntimeError):
    """An operation takes tensors of two devices, which a GPU refuses."""


class NeedsNumbers(RuntimeError):
    """An operation needs the numbers in a tensor, for instance to decide what comes next."""


@final
class OneDevice(OperatorMode):
    """Within it an operation on tensors of two devices raises `OtherDevice`, where torch lets some pass; and
    one whose result depends on numbers that are not there raises `NeedsNumbers`.

    A single number may lie anywhere.
    """

    def perform(self, operator: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
        """Run the operator if all its tensors lie on one device."""
        devices = {str(each.device) for each in tensors_in((args, kwargs)) if each.dim()}
        if len(devices) > 1 and operator not in INDEXING:
            raise OtherDevice(f"{operator} takes tensors of the devices {' and '.join(sorted(devices))}")
        if operator is torch.ops.aten._local_scalar_dense.default and args[0].device == ELSEWHERE:
            raise NeedsNumbers(str(operator))
        try:
            return operator(*args, **kwargs)
        except NotImplementedError as error:
            raise NeedsNumbers(str(operator)) from error


def moved(mask: Mask) -> Mask:
    """The same mask on the device without numbers."""
    return replace(mask, **_moved(mask), bias=replace(mask.bias, **_moved(mask.bias)))


def _moved(holder: Mask | Bias) -> dict[str, Any]:
    tensors = {field.name: getattr(holder, field.name) for field in fields(holder)}
    return {name: each.to(ELSEWHERE) for name, each in tensors.items() if isinstance(each, Tensor)}
