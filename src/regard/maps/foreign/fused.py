"""Every call of torch's fused attention inside a model, whichever library wrote it."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import partial
from inspect import signature
from typing import Any, final

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.functional import scaled_dot_product_attention
from torch.overrides import TorchFunctionMode

from regard.maps.foreign.call import Change, ForeignCall, followed
from regard.maps.foreign.running import Running, running_modules
from regard.maps.precision import single

NAMES = ("query", "key", "value", "attn_mask", "dropout_p", "is_causal", "scale", "enable_gqa")
"""The arguments of torch's function, in their order."""


@contextmanager
def fused_calls(model: nn.Module, change: Change) -> Iterator[list[ForeignCall]]:
    """Those of a forward pass inside, in their order. Outputs are those of the kernel, after the change.

    Torch's own module of attention calls the kernel only where it is asked for no weights: where it was asked
    for them, it is called once more without, beside the model.
    """
    calls: list[ForeignCall] = []
    fast = torch.backends.mha.get_fastpath_enabled()
    # which passes by every function that could be listened to
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        with running_modules(model) as running, ExitStack() as ends:
            for name, module in model.named_modules():
                if isinstance(module, nn.MultiheadAttention):
                    again = partial(_call_again, name, running, calls)
                    ends.callback(module.register_forward_hook(again, with_kwargs=True).remove)
            ends.enter_context(_Listening(running, calls, change))
            yield calls
    finally:
        torch.backends.mha.set_fastpath_enabled(fast)


@final
class _Listening(TorchFunctionMode):
    def __init__(self, running: Running, calls: list[ForeignCall], change: Change) -> None:
        super().__init__()
        self.running, self.calls, self.change = running, calls, change

    def __torch_function__(
        self, func: Callable[..., Any], types: Sequence[type], args: Sequence[Any] = (), kwargs: Any = None
    ) -> Any:
        if func is scaled_dot_product_attention:
            return self._heard(*args, **(kwargs or {}))
        if func is functional.multi_head_attention_forward:
            # what a function of torch calls passes by this one, which sees the outermost alone
            with _replaced(self._heard):
                return func(*args, **(kwargs or {}))
        return func(*args, **(kwargs or {}))

    def _heard(self, *given: Any, **more: Any) -> Tensor:
        """Call the kernel, and keep what it was given."""
        mixed = followed(self.change(len(self.calls), scaled_dot_product_attention(*given, **more)))
        named = dict(zip(NAMES, given, strict=False)) | more
        values = named.pop("value")
        # a map is of what is read, not of what is dropped
        again = partial(_again, {**named, "dropout_p": 0.0})
        self.calls.append(ForeignCall(self.running.innermost, values, mixed, again))
        return mixed


@contextmanager
def _replaced(function: Callable[..., Tensor]) -> Iterator[None]:
    """Inside, torch's own functions call this one in place of the kernel."""
    functional.scaled_dot_product_attention = function
    try:
        yield
    finally:
        functional.scaled_dot_product_attention = scaled_dot_product_attention


def _call_again(
    name: str,
    running: Running,
    calls: list[ForeignCall],
    module: nn.Module,
    given: tuple[Any, ...],
    more: dict[str, Any],
    _: Any,
) -> None:
    """Call a module of attention without weights, if nothing was heard of it."""
    if not any(call.name == name for call in calls):
        arguments = signature(module.forward).bind(*given, **more).arguments
        running.begin(name)
        module.forward(**{**arguments, "need_weights": False})
        running.end()
        calls[-1] = replace(calls[-1], beside=True)


def _again(given: dict[str, Any], values: Tensor) -> Tensor:
    return scaled_dot_product_attention(**single(given), value=values)
