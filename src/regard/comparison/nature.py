"""What a compared model is by construction, before anything is trained."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from torch import nn

from regard.attention.claims import claims
from regard.attention.forms import mechanisms_of
from regard.core.entry import Entry
from regard.core.errors import RegardError
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


def nature_apart(entry: Entry, shape: Shape, settings: ModelSettings, seconds: float | None) -> Nature:
    """The same as `nature_of`, found in a process of its own within so many seconds; what keeps it from being
    found is told in place of the reach.
    """
    try:
        (nature,) = apart(_natures, entry, shape, settings, seconds=seconds)
    except RegardError as error:
        return Nature(None, reach=f"unknown: {error}")
    return nature


def nature_of(entry: Entry, shape: Shape, settings: ModelSettings) -> Nature:
    """The nature of the model that a comparison with these settings trains for this entry."""
    model = build(shape, entry.mechanisms, entry.settings_in(settings), seed=0)
    mechanisms = list(mechanisms_of(model))
    sources = dict.fromkeys(mechanism.traits.source for mechanism in mechanisms)
    told = claims(mechanisms[0]) if len(set(entry.mechanisms)) == 1 else {}
    return Nature("; ".join(sources), told, _reach(model, shape))


def _natures(entry: Entry, shape: Shape, settings: ModelSettings) -> Iterator[Nature]:
    yield nature_of(entry, shape, settings)


def _reach(model: nn.Module, shape: Shape) -> str | None:
    try:
        return reach_of(model, shape).sentence
    except (RuntimeError, TypeError) as error:  # a user's own mechanism that knows float32 only
        return f"unknown, as it fails in float64: {type(error).__name__}: {' '.join(str(error).split())}"
