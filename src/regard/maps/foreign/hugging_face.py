"""Models of transformers: every call that goes through their attention interface.

The function that a model uses is wrapped where it is registered, under its own name, so that the model makes
the masks that it makes for this name, and nothing that asks for the name notices.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, final

from jaxtyping import Float
from torch import Tensor, nn

from regard.core.errors import UnsupportedUse
from regard.maps.foreign.call import Change, ForeignCall, followed
from regard.maps.precision import single

EAGER = "eager"
"""Implemented by a function in the file of each model, and not registered."""


@contextmanager
def interface_calls(model: nn.Module, change: Change) -> Iterator[list[ForeignCall]]:
    """Those of a forward pass inside, in their order. Outputs are those of the function, after the change."""
    from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS as FUNCTIONS  # noqa: PLC0415

    calls: list[ForeignCall] = []
    names = {id(module): name for name, module in model.named_modules()}
    with ExitStack() as ends:
        for key in {*FUNCTIONS, EAGER}:
            found = FUNCTIONS.get(key, _eager)
            ends.callback(_put_back, FUNCTIONS, key, FUNCTIONS._local_mapping.get(key))
            FUNCTIONS[key] = partial(_listening, _Function(key, found), _Model(names, change, calls))
        yield calls


@final
@dataclass(frozen=True, eq=False)
class _Model:
    """The one that is listened to."""

    names: dict[int, str]
    """Of its modules, by their identity."""
    change: Change
    calls: list[ForeignCall]


@final
@dataclass(frozen=True, eq=False)
class _Function:
    """One of the interface."""

    key: str
    call: Callable[..., Any]


def _listening(
    function: _Function,
    model: _Model,
    module: nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    *rest: Any,
    **more: Any,
) -> Any:
    """Call the function, and keep what it was given. Modules of other models are none of ours."""
    output, *others = function.call(module, query, key, value, *rest, **more)
    name = model.names.get(id(module))
    if name is None:
        return (output, *others)
    _refuse_half_alone(function.key, name)
    mixed = followed(model.change(len(model.calls), output.transpose(1, 2)))

    def again(values: Float[Tensor, "b g m e"]) -> Float[Tensor, "b h n e"]:
        at_once = (*single((query, key)), values, *single(rest))
        return function.call(module, *at_once, **single(more))[0].transpose(1, 2)

    model.calls.append(ForeignCall(name, value, mixed, again))
    return (mixed.transpose(1, 2), *others)


def _refuse_half_alone(key: str, name: str) -> None:
    if "flash" in key or "paged" in key:
        raise UnsupportedUse(
            f"{name} attends by '{key}', a kernel that cannot be asked again in float32. Choose another one: "
            "model.set_attn_implementation('sdpa')."
        )


def _eager(module: nn.Module, *given: Any, **more: Any) -> Any:
    """The function of the model's own file."""
    written_in = sys.modules[type(module).__module__]
    own = getattr(written_in, "eager_attention_forward", None)
    if own is None:
        raise UnsupportedUse(
            f"{type(module).__name__} has no eager attention that could be listened to. Choose another one: "
            "model.set_attn_implementation('sdpa')."
        )
    return own(module, *given, **more)


def _put_back(functions: Any, key: str, before: Any) -> None:
    del functions[key]
    if before is not None:
        functions[key] = before
