"""Which form a model's mechanisms compute by. It changes how a result is computed, never what it is."""

from collections.abc import Iterator

import torch
from torch import nn

from regard.attention.guard import refuse_form
from regard.attention.kernel_form import Workload
from regard.attention.mechanism import Mechanism
from regard.core.errors import InvalidOption

AUTO = "auto"
"""Every mechanism chooses the form that is best for the number of its queries."""


def mechanisms_of(model: nn.Module) -> Iterator[Mechanism]:
    """The mechanisms of a model, without those that lie inside others."""
    if isinstance(model, Mechanism):
        yield model
    else:
        for child in model.children():
            yield from mechanisms_of(child)


def force_form(model: nn.Module, form: str) -> None:
    """Let all mechanisms of a model compute by one form, or choose again where it is `auto`.

    Raises `InvalidOption` for a form that one of them does not have.
    """
    for mechanism in mechanisms_of(model):
        known = (AUTO, *mechanism.all_forms)
        if form not in known:
            raise InvalidOption(f"{mechanism.name} has no form '{form}'. Choose from: {', '.join(known)}.")
        mechanism.forced_form = None if form == AUTO else form


def refuse_misfits(model: nn.Module, device: torch.device, dtype: torch.dtype) -> None:
    """Raise `InvalidOption` if a form that is forced cannot be trained there, in that type."""
    for mechanism in mechanisms_of(model):
        refuse_form(mechanism, Workload(mechanism.size.length, device, dtype))


def without_kernels(model: nn.Module) -> None:
    """Leave the mechanisms of a model the forms of every device, which alone `torch.func` can transform.

    Raises `InvalidOption` where a kernel is forced.
    """
    for mechanism in mechanisms_of(model):
        if mechanism.forced_form not in (None, *mechanism.forms):
            message = (
                f"{mechanism.name}: the form '{mechanism.forced_form}' cannot train several seeds at once"
            )
            raise InvalidOption(f"{message}. Use --at-once 1, or --form auto.")
        mechanism.kernel_form = None


def describe_forms(model: nn.Module, device: torch.device, dtype: torch.dtype) -> str:
    """The forms by which a model in training mixes its longest sequence, no part of a mask given:
    `softmax fused, delta chunked`.
    """
    told = (
        f"{each.name} {each.form_of(Workload(each.size.length, device, dtype))}"
        for each in mechanisms_of(model)
    )
    return ", ".join(dict.fromkeys(told))
