"""Settings of the model that the command line gives several values.

model.qk_norm=none,rms                          two models, the first being the baseline's
model.qk_norm=none,rms model.heads=2,4          four: every combination
"""

import itertools
from collections.abc import Iterable
from typing import Any

from hydra.core.override_parser.types import Override

from regard.configuration.overrides import singles, values_of

ROOM = "model."


def first_of(overrides: Iterable[Override]) -> list[Override]:
    """The overrides with the first value alone of each setting of the model."""
    return [singles(each)[0] if _is_of_model(each) else each for each in overrides]


def own_settings(overrides: Iterable[Override]) -> list[dict[str, Any]]:
    """Every combination of the settings of the model that have several values, the first values first."""
    swept = [each for each in overrides if _is_of_model(each) and each.is_sweep_override()]
    names = [each.key_or_group.removeprefix(ROOM) for each in swept]
    values = map(values_of, swept)
    return [dict(zip(names, chosen, strict=True)) for chosen in itertools.product(*values)]


def _is_of_model(override: Override) -> bool:
    return override.key_or_group.startswith(ROOM)
