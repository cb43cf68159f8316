"""Whatever attends inside a model of another library."""

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from torch import nn

from regard.core.errors import UnsupportedUse
from regard.maps.foreign.call import Change, ForeignCall, unchanged
from regard.maps.foreign.fused import fused_calls
from regard.maps.foreign.hugging_face import interface_calls


@contextmanager
def foreign_calls(model: nn.Module, change: Change = unchanged) -> Iterator[list[ForeignCall]]:
    """Its calls of attention inside, in their order. Without a change the model gives what it gives.

    Raises `UnsupportedUse` at the end, with the name of a module of attention, if nothing was heard of one.
    """
    listen = interface_calls if _is_of_transformers(model) else fused_calls
    with _running(model) as ran, listen(model, change) as calls:
        yield calls
    _refuse_silence(model, ran, {call.name for call in calls})


def _is_of_transformers(model: nn.Module) -> bool:
    """Without importing transformers, which a model of it has imported."""
    known = sys.modules.get("transformers.modeling_utils")
    return known is not None and isinstance(model, known.PreTrainedModel)


@contextmanager
def _running(model: nn.Module) -> Iterator[list[str]]:
    """The names of its modules of attention that ran inside."""
    ran: list[str] = []
    with ExitStack() as ends:
        for name, part in model.named_modules():
            if "attention" in type(part).__name__.lower():
                ran_now = part.register_forward_pre_hook(lambda *_, name=name: ran.append(name))
                ends.callback(ran_now.remove)
        yield ran


def _refuse_silence(model: nn.Module, ran: list[str], heard: set[str]) -> None:
    for name in ran:
        inside = any(_within(call, name) or _within(name, call) for call in heard)
        if not inside:
            part = model.get_submodule(name)
            # as timm's layers have it
            remedy = " Set its fused_attn to True." if getattr(part, "fused_attn", None) is False else ""
            raise UnsupportedUse(
                f"Nothing was heard of {name or 'the model itself'} ({type(part).__name__}): it calls "
                "neither torch's fused attention nor a function of the attention interface of transformers."
                + remedy
            )
    if not heard:
        raise UnsupportedUse(
            f"Nothing in {type(model).__name__} attends by a function that can be listened to."
        )


def _within(name: str, outer: str) -> bool:
    return name == outer or name.startswith(f"{outer}.") or not outer
