"""What a compared model is by construction, before anything is trained."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from regard.attention.claims import claims
from regard.compare.comparison import Mechanisms
from regard.core.settings import ModelSettings
from regard.data import Task
from regard.measures.flops import outermost_mechanisms
from regard.models import build


@dataclass(frozen=True)
class Nature:
    """Where the mechanisms of a model come from and what they claim, built with their options."""

    source: str
    traits: Mapping[str, Any] = field(default_factory=dict)
    """Of a hybrid no one mechanism's claims are the whole's: it has none."""


def nature_of(entry: Mechanisms, task: Task, settings: ModelSettings) -> Nature:
    """The nature of the model that a comparison trains for this entry."""
    mechanisms = outermost_mechanisms(build(task.shape, entry, settings, seed=0))
    sources = dict.fromkeys(mechanism.traits.source for mechanism in mechanisms)
    return Nature("; ".join(sources), claims(mechanisms[0]) if len(set(entry)) == 1 else {})
