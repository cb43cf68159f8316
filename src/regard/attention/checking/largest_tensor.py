"""The largest intermediate tensor of a computation, without a GPU."""

from collections.abc import Mapping
from typing import Any, final

from torch import Tensor

from regard.attention.operators import OperatorMode, tensors_in


@final
class LargestTensor(OperatorMode):
    """Within it, every operator's output is measured by the memory behind it, so that a view costs nothing.

    What a fused kernel allocates inside itself is not seen.

    given: tensors that were there before, such as the edges of a mask: a view of them costs nothing either.
    """

    def __init__(self, *given: Tensor) -> None:
        super().__init__()
        self.numbers = 0
        """Numbers in the largest tensor so far."""
        self._given = {each.untyped_storage().data_ptr() for each in given}

    def perform(self, operator: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
        """Run the operator and remember the size of what came out."""
        output = operator(*args, **kwargs)
        for made in tensors_in(output):
            if made.untyped_storage().data_ptr() not in self._given:
                self.numbers = max(self.numbers, made.untyped_storage().nbytes() // made.element_size())
        return output
