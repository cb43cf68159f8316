"""The largest intermediate tensor of a computation, without a GPU."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, final

import torch
from torch.utils import _pytree as pytree
from torch.utils._python_dispatch import TorchDispatchMode


@final
class LargestTensor(TorchDispatchMode):  # type: ignore[no-untyped-call]  # torch leaves it untyped
    """Within it, every operation's output is measured by the memory behind it, so that a view costs nothing.

    What a fused kernel allocates inside itself is not seen.

    given: tensors that were there before, such as the edges of a mask: a view of them costs nothing either.
    """

    def __init__(self, *given: torch.Tensor) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # torch leaves it untyped
        self.numbers = 0
        """Numbers in the largest tensor so far."""
        self._given = {each.untyped_storage().data_ptr() for each in given}

    def __torch_dispatch__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        """Run the operation and remember the size of what came out."""
        output = func(*args, **(kwargs or {}))
        for leaf in pytree.tree_leaves(output):
            if isinstance(leaf, torch.Tensor) and leaf.untyped_storage().data_ptr() not in self._given:
                stored = leaf.untyped_storage().nbytes() // leaf.element_size()
                self.numbers = max(self.numbers, stored)
        return output
