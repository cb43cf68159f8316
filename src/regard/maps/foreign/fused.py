"""Every call of torch's fused attention inside a model, whichever library wrote it."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, final

from torch import Tensor, nn
from torch.nn.functional import scaled_dot_product_attention
from torch.overrides import TorchFunctionMode

from regard.maps.foreign.call import ForeignCall
from regard.maps.foreign.running import Running, running_modules

NAMES = ("query", "key", "value", "attn_mask", "dropout_p", "is_causal", "scale", "enable_gqa")
"""The arguments of torch's function, in their order."""


@contextmanager
def fused_calls(model: nn.Module) -> Iterator[list[ForeignCall]]:
    """Those of a forward pass inside, in their order. Outputs are those of the kernel itself."""
    calls: list[ForeignCall] = []
    with running_modules(model) as running, _Listening(running, calls):
        yield calls


@final
class _Listening(TorchFunctionMode):
    def __init__(self, running: Running, calls: list[ForeignCall]) -> None:
        super().__init__()
        self.running, self.calls = running, calls

    def __torch_function__(
        self, func: Callable[..., Any], types: Sequence[type], args: Sequence[Any] = (), kwargs: Any = None
    ) -> Any:
        result = func(*args, **(kwargs or {}))
        if func is scaled_dot_product_attention:
            given = dict(zip(NAMES, args, strict=False)) | (kwargs or {})
            # a call without dropout, as in evaluation: maps are of what is read, not of what is dropped
            given["dropout_p"] = 0.0
            values = given.pop("value")
            self.calls.append(ForeignCall(self.running.innermost, values, result, partial(_again, given)))
        return result


def _again(given: dict[str, Any], values: Tensor) -> Tensor:
    return scaled_dot_product_attention(**given, value=values)
