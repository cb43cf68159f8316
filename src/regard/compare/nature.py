"""What a compared model is by construction, before anything is trained."""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from torch import nn

from regard.attention.claims import claims
from regard.attention.forms import mechanisms_of
from regard.core.entry import Entry
from regard.core.errors import RegardWarning
from regard.core.settings import ModelSettings
from regard.core.shapes import Shape
from regard.data import Task
from regard.measures.reach import reach_of
from regard.models import build


@dataclass(frozen=True)
class Nature:
    """Where the mechanisms of a model come from and what they claim, built with their options."""

    source: str
    traits: Mapping[str, Any] = field(default_factory=dict)
    """Of a hybrid no one mechanism's claims are the whole's: it has none."""
    reach: str | None = None
    """For the reader, where not every position of the input can influence the answer."""
    notes: tuple[str, ...] = ()
    """What the shell warns of when it is built with these settings."""


def nature_of(entry: Entry, task: Task, settings: ModelSettings) -> Nature:
    """The nature of the model that a comparison with these settings trains for this entry."""
    with warnings.catch_warnings(record=True) as given:
        warnings.simplefilter("always", RegardWarning)
        model = build(task.shape, entry.mechanisms, entry.settings_in(settings), seed=0)
    notes = dict.fromkeys(str(each.message) for each in given if each.category is RegardWarning)
    mechanisms = list(mechanisms_of(model))
    sources = dict.fromkeys(mechanism.traits.source for mechanism in mechanisms)
    told = claims(mechanisms[0]) if len(set(entry.mechanisms)) == 1 else {}
    return Nature("; ".join(sources), told, _reach(model, task.shape), tuple(notes))


def _reach(model: nn.Module, shape: Shape) -> str | None:
    try:
        return reach_of(model, shape).sentence
    except (RuntimeError, TypeError) as error:  # a user's own mechanism that knows float32 only
        return f"unknown, as it fails in float64: {type(error).__name__}: {' '.join(str(error).split())}"
