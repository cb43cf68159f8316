"""Every call of torch's fused attention inside a model, whichever library wrote it."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from inspect import signature
from typing import Any, final

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.functional import scaled_dot_product_attention
from torch.overrides import TorchFunctionMode

from regard.maps.foreign.call import ForeignCall, followed
from regard.maps.foreign.running import Running, running_modules
from regard.maps.precision import single

NAMES = ("query", "key", "value", "attn_mask", "dropout_p", "is_causal", "scale", "enable_gqa")
"""The arguments of torch's function, in their order."""


@contextmanager
def fused_calls(model: nn.Module) -> Iterator[list[ForeignCall]]:
    """Those of a forward pass inside, in their order. Outputs are those of the kernel itself.

    Torch's own module of attention calls the kernel only where it is asked for no weights: where it was asked
    for them, it is called once more without, beside the model. Modules of timm that were told not to call the
    kernel call it inside: their outputs differ by its rounding.
    """
    calls: list[ForeignCall] = []
    with without_fast_path(), _fused(model), running_modules(model) as running, ExitStack() as ends:
        for name, module in model.named_modules():
            if isinstance(module, nn.MultiheadAttention):
                again = partial(_call_again, name, running, calls)
                ends.callback(module.register_forward_hook(again, with_kwargs=True).remove)
        ends.enter_context(_Listening(running, calls))
        yield calls


@contextmanager
def without_fast_path() -> Iterator[None]:
    """Inside, torch's own modules call what they are made of, which can be heard."""
    fast = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        yield
    finally:
        torch.backends.mha.set_fastpath_enabled(fast)


@contextmanager
def _fused(model: nn.Module) -> Iterator[None]:
    plain: list[Any] = [part for part in model.modules() if getattr(part, "fused_attn", None) is False]
    try:
        for part in plain:
            part.fused_attn = True
        yield
    finally:
        for part in plain:
            part.fused_attn = False


@final
class _Listening(TorchFunctionMode):
    def __init__(self, running: Running, calls: list[ForeignCall]) -> None:
        super().__init__()
        self.running, self.calls = running, calls

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
        mixed = followed(scaled_dot_product_attention(*given, **more))
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


def _again(given: dict[str, Any], values: Tensor) -> Tensor:
    return scaled_dot_product_attention(**single(given), value=values)
