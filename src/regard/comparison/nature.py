"""What a compared model is by construction, before anything is trained."""

import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from torch import nn

from regard.attention.claims import claims
from regard.attention.forms import mechanisms_of
from regard.core.entry import Entry
from regard.core.errors import RegardError, RegardWarning, told_elsewhere
from regard.core.settings import ModelSettings
from regard.core.shapes import Shape
from regard.experiment import apart
from regard.measures.reach import reach_of
from regard.models import build


@dataclass(frozen=True)
class Nature:
    """Where the mechanisms of a model come from and what they claim, built with their options."""

    source: str | None
    traits: Mapping[str, Any] = field(default_factory=dict)
    """Of a hybrid no one mechanism's claims are the whole's: it has none."""
    reach: str | None = None
    """For the reader, where not every position of the input can influence the answer."""
    notes: tuple[str, ...] = ()
    """What the shell warns of when it is built with these settings."""


def nature_apart(entry: Entry, shape: Shape, settings: ModelSettings, seconds: float | None) -> Nature:
    """The same as `nature_of`, found in processes of their own, each within so many seconds.

    What keeps the reach from being found is told in its place.
    """
    known = Nature(None)
    try:
        (known,) = apart(_claims, entry, shape, settings, seconds=seconds)
        (reach,) = apart(_reaches, entry, shape, settings, seconds=seconds)
    except RegardError as error:
        reach = f"unknown: {error}"
    return replace(known, reach=reach)


def nature_of(entry: Entry, shape: Shape, settings: ModelSettings) -> Nature:
    """The nature of the model that a comparison with these settings trains for this entry."""
    (known,) = _claims(entry, shape, settings)
    (reach,) = _reaches(entry, shape, settings)
    return replace(known, reach=reach)


def _claims(entry: Entry, shape: Shape, settings: ModelSettings) -> Iterator[Nature]:
    with warnings.catch_warnings(record=True) as given:
        warnings.simplefilter("always", RegardWarning)
        mechanisms = list(mechanisms_of(_model(entry, shape, settings)))
    notes = dict.fromkeys(str(each.message) for each in given if each.category is RegardWarning)
    sources = dict.fromkeys(mechanism.traits.source for mechanism in mechanisms)
    told = claims(mechanisms[0]) if len(set(entry.mechanisms)) == 1 else {}
    yield Nature("; ".join(sources), told, notes=tuple(notes))


def _reaches(entry: Entry, shape: Shape, settings: ModelSettings) -> Iterator[str | None]:
    with told_elsewhere():  # what it warns of is among the claims
        model = _model(entry, shape, settings)
    yield _reach(model, shape)


def _model(entry: Entry, shape: Shape, settings: ModelSettings) -> nn.Module:
    return build(shape, entry.mechanisms, entry.settings_in(settings), seed=0)


def _reach(model: nn.Module, shape: Shape) -> str | None:
    try:
        return reach_of(model, shape).sentence
    except (RuntimeError, TypeError) as error:  # a user's own mechanism that knows float32 only
        return f"unknown, as it fails in float64: {type(error).__name__}: {' '.join(str(error).split())}"
