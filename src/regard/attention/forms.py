"""Which form a model's mechanisms compute by. It changes how a result is computed, never what it is."""

from collections.abc import Iterator

from torch import nn

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
        if form not in (AUTO, *mechanism.forms):
            message = (
                f"{mechanism.name} has no form '{form}'. Choose from: {', '.join((AUTO, *mechanism.forms))}."
            )
            raise InvalidOption(message)
        mechanism.forced_form = None if form == AUTO else form


def describe_forms(model: nn.Module) -> str:
    """The forms by which a model mixes its longest sequence: `softmax fused, delta chunked`."""
    told = (f"{each.name} {each.form_for(each.size.length)}" for each in mechanisms_of(model))
    return ", ".join(dict.fromkeys(told))
