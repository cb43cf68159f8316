"""What torch does, operator by operator."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode


class OperatorMode(ABC, TorchDispatchMode):  # type: ignore[no-untyped-call]  # torch leaves it untyped
    """Within it every operator of torch goes through `perform`, below autograd and autocast."""

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()  # type: ignore[no-untyped-call]  # torch leaves it untyped

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # torch leaves it untyped

    @abstractmethod
    def perform(self, operator: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
        """Call the operator with its arguments, look at both, and return what it returned."""

    def __torch_dispatch__(
        self,
        func: Any,
        types: Sequence[type],
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        """What torch calls for every operator."""
        return self.perform(func, args, kwargs or {})


def tensors_in(tree: Any) -> list[Tensor]:
    """All tensors among arguments or results, which may be nested in lists, tuples and dicts."""
    if isinstance(tree, Tensor):
        return [tree]
    parts = tree.values() if isinstance(tree, Mapping) else tree if isinstance(tree, list | tuple) else ()
    return [tensor for part in parts for tensor in tensors_in(part)]
