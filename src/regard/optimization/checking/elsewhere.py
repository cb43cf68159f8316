"""A number on another device, where there is only one."""

from collections.abc import Callable, Mapping
from typing import Any, final

import torch
from torch import Tensor

READ = frozenset(
    (Tensor.__float__, Tensor.item, Tensor.tolist, Tensor.cpu, Tensor.numel, Tensor.dim, Tensor.size)
)
"""What every device allows: to copy a number to the CPU, and to ask for its shape."""


@final
class _Elsewhere(Tensor):
    """Refuses, as a number on an accelerator does, to be put into tensors of the CPU or to meet them."""

    @classmethod
    def __torch_function__(
        cls,
        func: Callable[..., Any],
        types: Any,
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        with torch._C.DisableTorchFunctionSubclass():
            found = func(*args, **(kwargs or {}))
        if func in READ or not isinstance(found, Tensor):
            return found
        if any(isinstance(each, Tensor) and not isinstance(each, cls) for each in args):
            raise RuntimeError("Expected all tensors to be on the same device, but found at least two.")
        return found.as_subclass(cls)


def elsewhere(number: Tensor) -> Tensor:
    """A number as if it lay on a device of its own."""
    return number.detach().as_subclass(_Elsewhere)
