"""Parameters that are read as others, without being written."""

from collections.abc import Callable, Mapping
from typing import Any, final

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode
from torch.utils._pytree import tree_map_only

READ_AS_THEY_ARE = frozenset(
    (
        *(vars(torch._C.TensorBase)[name].__get__ for name in ("shape", "dtype", "device", "ndim")),
        Tensor.is_floating_point,
        Tensor.dim,
        Tensor.size,
        Tensor.numel,
        Tensor.stride,
    )
)
"""Questions whose answers do not depend on the numbers."""


@final
class Substituted(TorchFunctionMode):
    """Inside, every function of torch that is given one of the parameters reads what `value` makes of it.

    The parameters themselves are never written, so that they are bit for bit what they were, in any
    precision; and no copy of them exists but that of the one that is being read. What runs below Python, as a
    compiled or scripted model does, is not reached: `read` tells whether anything was.

    value: the number that is read in the place of a parameter, by its name.
    """

    def __init__(self, parameters: Mapping[str, Tensor], value: Callable[[str], Tensor]) -> None:
        super().__init__()
        self.names = {id(each): name for name, each in parameters.items()}
        self.value = value
        self.read = set[str]()
        """Names of parameters that were read."""

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        given = dict(kwargs or {})
        if func in READ_AS_THEY_ARE:
            return func(*args, **given)
        return func(*tree_map_only(Tensor, self._read, args), **tree_map_only(Tensor, self._read, given))

    def _read(self, tensor: Tensor) -> Tensor:
        name = self.names.get(id(tensor))
        if name is None:
            return tensor
        self.read.add(name)
        with torch._C.DisableTorchFunction():
            return self.value(name)
