"""Which values the settings of a training can take."""

from regard.core.errors import InvalidOption
from regard.core.run import TrainingSettings

AT_LEAST_ONE = ("epochs", "steps", "batch", "evaluate_every", "patience", "checkpoint_every")
SHARES = ("warmup", "scheduled_sampling")


def refuse_impossible(settings: TrainingSettings) -> None:
    """Raise `InvalidOption` for the first value that makes no sense."""
    for name in AT_LEAST_ONE:
        value = getattr(settings, name)
        _require(value is None or value >= 1, name, value, "at least 1")
    for name in SHARES:
        value = getattr(settings, name)
        _require(0 <= value <= 1, name, value, "a share from 0 to 1")
    smoothing, clip = settings.label_smoothing, settings.clip
    _require(0 <= smoothing < 1, "label_smoothing", smoothing, "a share from 0 to below 1")
    _require(clip is None or clip > 0, "clip", clip, "above 0, or null for no clipping")


def _require(holds: bool, name: str, value: object, expected: str) -> None:
    if not holds:
        raise InvalidOption(f"training.{name} must be {expected}, not {value}.")
